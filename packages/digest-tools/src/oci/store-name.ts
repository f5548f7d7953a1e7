import { normalize } from "node:path";
import { DigestToolsError } from "../base/error.ts";
import { formatReference, parseRepository } from "./reference.ts";

/**
 * One spelling for one store, so that what a leg recorded is found again: Docker's defaults written out, the path of a
 * layout without detours. A relative path stays relative: a record is read on other machines too.
 * @throws DigestToolsError `invalid-reference`
 */
export function canonicalStoreName(name: string): string {
  if (!name.startsWith("oci:")) return formatReference(parseRepository(name));
  const path = normalize(layoutPath(name));
  return `oci:${path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path}`;
}

/**
 * The directory of a store's name that begins with `oci:`.
 * @throws DigestToolsError `invalid-reference`: none is named, which would be the current one
 */
export function layoutPath(name: string): string {
  const path = name.slice("oci:".length);
  if (path !== "") return path;
  throw new DigestToolsError({
    code: "invalid-reference",
    message: 'image name "oci:": expected the directory of a layout, found its end',
    fix: "write oci:DIR, or oci:. for the current directory",
  });
}
