import { normalize } from "node:path";
import { formatReference, parseRepository } from "./reference.ts";

/**
 * One spelling for one store, so that what a leg recorded is found again: Docker's defaults written out, the path of a
 * layout without detours.
 * @throws DigestToolsError `invalid-reference`
 */
export function canonicalStoreName(name: string): string {
  if (!name.startsWith("oci:")) return formatReference(parseRepository(name));
  const path = normalize(name.slice("oci:".length));
  return `oci:${path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path}`;
}
