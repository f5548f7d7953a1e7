import { posix } from "node:path";
import { isJsonObject, type JsonObject } from "@fanfold-internal/kit/read/json";
import { credentialFiles } from "./credentials.ts";
import { scalarText } from "./fill.ts";

/** Whether docker fetches a context itself: `https://…`, `git@…`, `docker-image://…`. */
function isRemote(context: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]*:\/\/|git@|github\.com\/)/i.test(context);
}

/** A path from the repository's root in its shortest form; undefined: it leads out of the repository. */
function insideRepository(path: string): string | undefined {
  const short = posix.normalize(path).replace(/\/$/, "");
  const leadsOut =
    posix.isAbsolute(short) || short === ".." || short.startsWith("../") || /^~|\\|^[A-Za-z]:/.test(short);
  return leadsOut ? undefined : short || ".";
}

/** A path that a build must not read, or a context that there is not. */
interface PlaceFault {
  readonly code: "outside-repository";
  readonly key: "context" | "dockerfile" | "contexts" | "secret" | "ssh";
  readonly message: string;
}

/** A target whose paths are as bake reads them in the repository's root. */
export interface PlacedTarget {
  readonly target: JsonObject;
  readonly faults: readonly PlaceFault[];
}

/**
 * The Dockerfile is named from the repository's root, as everywhere in a matrix; bake wants it from the context. Of another
 * repository it is named as that has it.
 */
export function placed(target: JsonObject): PlacedTarget {
  const faults: PlaceFault[] = [];
  const local = (key: PlaceFault["key"], what: string, path: string): string => {
    const found = insideRepository(path);
    const message = `${what} ${JSON.stringify(path)} is not inside the repository`;
    if (found === undefined) faults.push({ code: "outside-repository", key, message });
    return found ?? path;
  };
  const namedContext = (name: string, value: string): string => {
    const [, layout] = /^oci-layout:\/\/(.*)$/s.exec(value) ?? [];
    if (layout !== undefined) return `oci-layout://${local("contexts", `context ${name}`, layout)}`;
    // Which entry it is, and whether there is one, is known by those who know all of them.
    return isRemote(value) || value.startsWith("target:") ? value : local("contexts", `context ${name}`, value);
  };
  const { context, dockerfile, contexts, ...others } = target;
  const given = scalarText(context) ?? ".";
  const root = isRemote(given) ? given : local("context", "context", given);
  const file = scalarText(dockerfile);
  const named = isJsonObject(contexts)
    ? Object.fromEntries(
        Object.entries(contexts).map(([name, value]) => [name, namedContext(name, scalarText(value) ?? "")]),
      )
    : undefined;
  for (const [key, path] of credentialFiles(target)) local(key, key === "ssh" ? "SSH key" : "secret file", path);
  return {
    target: {
      context: root,
      ...(file === undefined
        ? {}
        : { dockerfile: isRemote(root) ? file : posix.relative(root, local("dockerfile", "dockerfile", file)) }),
      ...(named === undefined ? {} : { contexts: named }),
      ...others,
    },
    faults,
  };
}
