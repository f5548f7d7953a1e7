import { posix } from "node:path";
import { isJsonObject, type Json, type JsonObject } from "@fanfold-internal/kit/read/json";
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
  readonly key: "context" | "dockerfile" | "contexts" | "secret";
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
  const { context, dockerfile, contexts, secret, ...others } = target;
  const given = scalarText(context) ?? ".";
  const root = isRemote(given) ? given : local("context", "context", given);
  const file = scalarText(dockerfile);
  const named = isJsonObject(contexts)
    ? Object.fromEntries(
        Object.entries(contexts).map(([name, value]) => [name, namedContext(name, scalarText(value) ?? "")]),
      )
    : undefined;
  for (const path of secretFiles(secret)) local("secret", "secret file", path);
  return {
    target: {
      context: root,
      ...(file === undefined
        ? {}
        : { dockerfile: isRemote(root) ? file : posix.relative(root, local("dockerfile", "dockerfile", file)) }),
      ...(named === undefined ? {} : { contexts: named }),
      ...(secret === undefined ? {} : { secret }),
      ...others,
    },
    faults,
  };
}

/** The files that secrets are read from: `src` or `source`, as text with commas or as a mapping. */
function secretFiles(secret: Json | undefined): readonly string[] {
  if (!Array.isArray(secret)) return [];
  return secret.flatMap((item: Json) => {
    const fields = fieldsIn(item);
    return [fields["src"], fields["source"]].flatMap((path) => scalarText(path) ?? []);
  });
}

/** An item of `secret`, `attest` and the like as a mapping: `id=npm,env=NPM_TOKEN` is one in text. */
export function fieldsIn(item: Json): JsonObject {
  return isJsonObject(item) ? item : Object.fromEntries(fieldsOf(scalarText(item) ?? ""));
}

/** `id=npm,env=NPM_TOKEN` as its fields. Values with commas stand in quotes, as in CSV. */
function fieldsOf(text: string): readonly (readonly [key: string, value: string])[] {
  const fields = text.match(/(?:"(?:[^"]|"")*"|[^,"])+/g) ?? [];
  return fields.map((field) => {
    const plain = field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field;
    const at = plain.indexOf("=");
    return at === -1
      ? ([plain.trim(), ""] as const)
      : ([plain.slice(0, at).trim().toLowerCase(), plain.slice(at + 1)] as const);
  });
}
