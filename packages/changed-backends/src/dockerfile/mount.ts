import { cut } from "./go-text.ts";
import { RefusedText } from "./refusal.ts";
import { UNKNOWN } from "./shell-pattern.ts";

/** What `RUN --mount=…` says of where its files come from; the rest does not matter here. */
export interface Mount {
  /** `bind`, `cache`, `tmpfs`, `secret` or `ssh`; undefined where a variable says it that nobody knows. */
  readonly type: string | undefined;
  /** A stage or an image; empty: the context. */
  readonly from: string;
  readonly source: string;
}

const TYPES: ReadonlySet<string> = new Set(["bind", "cache", "tmpfs", "secret", "ssh"]);
const BARE: ReadonlySet<string> = new Set(["readonly", "ro", "readwrite", "rw", "required"]);
const KEYS: ReadonlySet<string> = new Set([
  ...["type", "from", "source", "src", "target", "dst", "destination", "readonly", "ro", "readwrite", "rw"],
  ...["required", "size", "id", "sharing", "mode", "uid", "gid", "env"],
]);

/** The stage or image that a mount names, as BuildKit takes it before any variable has a value.
 * @throws RefusedText
 */
export function mountFrom(value: string): string {
  let from = "";
  for (const field of csvFields(value)) {
    const [key, text] = cut(field, "=");
    if (text === undefined || key.toLowerCase() !== "from") continue;
    const dollar = text.indexOf("$");
    if (dollar !== -1 && dollar !== text.length - 1) throw new RefusedText("from= of a mount takes no variables");
    from = text;
  }
  return from;
}

/** A mount with its variables filled in.
 * @throws RefusedText
 */
export function readMount(value: string, expand: (word: string) => string): Mount {
  let mount: Mount = { type: "bind", from: "", source: "" };
  for (const field of csvFields(value)) {
    const [name, raw] = cut(field, "=");
    const key = name.toLowerCase();
    if (raw === undefined) {
      if (BARE.has(key)) continue;
      throw new RefusedText(`a mount must have name=value, found ${field}`);
    }
    if (!KEYS.has(key)) throw new RefusedText(`a mount has no key ${key}`);
    const text = expand(raw);
    if (key === "type") mount = { ...mount, type: mountType(text) };
    else if (key === "from") mount = { ...mount, from: text };
    else if (key === "source" || key === "src") mount = { ...mount, source: text };
  }
  return mount;
}

function mountType(text: string): string | undefined {
  if (text.includes(UNKNOWN)) return undefined;
  const type = text.toLowerCase();
  if (!TYPES.has(type)) throw new RefusedText(`a mount has no type ${text}`);
  return type;
}

/** One line of comma-separated values, as Go's csv packages read it.
 * @throws RefusedText
 */
function csvFields(line: string): readonly string[] {
  if (line === "") throw new RefusedText("a mount must not be empty");
  const fields: string[] = [];
  let rest = line;
  for (;;) {
    if (!rest.startsWith('"')) {
      const comma = rest.indexOf(",");
      const field = comma === -1 ? rest : rest.slice(0, comma);
      if (field.includes('"')) throw new RefusedText(`a quote stands inside ${field}`);
      fields.push(field);
      if (comma === -1) return fields;
      rest = rest.slice(comma + 1);
      continue;
    }
    const quoted = /^"((?:[^"]|"")*)"(?:(,)|$)/.exec(rest);
    if (quoted === null) throw new RefusedText(`a quote is not closed in ${line}`);
    fields.push((quoted[1] ?? "").replaceAll('""', '"'));
    if (quoted[2] === undefined) return fields;
    rest = rest.slice(quoted[0].length);
  }
}
