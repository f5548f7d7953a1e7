import type { Host } from "@fanfold-internal/kit/process/host";
import { nameOf, readText } from "@fanfold-internal/kit/read/text";
import { ChangedBackendsError } from "../base/error.ts";

/** Reads the paths of `--files-from`. @throws ChangedBackendsError `unreadable-input`, InputError `unreadable-file` */
export function readFileList(file: string, host: Host): readonly string[] {
  const fix = "name a file with one path a line, or NUL-terminated paths (git diff --name-only -z)";
  const text = readText(host, file, { what: "the list of files", fix });
  const paths = parseFileList(text);
  // What UTF-16 is when it is read as UTF-8, or what git never prints.
  const strange = text.startsWith("\uFFFD\uFFFD")
    ? text
    : paths.find((path) => /^(?:\/|[A-Za-z]:[\\/])|(?:^|\/)\.\.(?:\/|$)/.test(path));
  if (strange === undefined) return paths;
  throw new ChangedBackendsError({
    code: "unreadable-input",
    message: `the list of files: expected paths from the repository's root, found ${JSON.stringify(strange.slice(0, 200))}`,
    at: { file: nameOf(file) },
    fix: "one path a line as git diff --name-only prints them, in UTF-8",
  });
}

/**
 * Paths one a line, or NUL-terminated and then as they are. Lines may be quoted as git does it
 * (https://git-scm.com/docs/git-config#Documentation/git-config.txt-corequotePath), and begin with `./` as those of
 * `find` do.
 */
export function parseFileList(text: string): readonly string[] {
  const paths = text.includes("\0") ? text.split("\0") : text.split(/\r?\n/).map(unquoted);
  return paths.map((path) => path.replace(/^(?:\.\/+)+/, "")).filter((path) => path !== "");
}

const ESCAPES: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 };

function unquoted(line: string): string {
  const inner = /^"((?:[^"\\]|\\[\s\S])*)"$/.exec(line)?.[1];
  if (inner === undefined) return line;
  const parts = inner.match(/\\[0-7]{3}|\\[\s\S]|[^\\]+/g) ?? [];
  const bytes = parts.map((part) => {
    if (!part.startsWith("\\")) return Buffer.from(part);
    const escaped = part.slice(1);
    if (escaped.length === 3) return Buffer.from([Number.parseInt(escaped, 8) & 0xff]);
    return Buffer.from([ESCAPES[escaped] ?? escaped.charCodeAt(0)]);
  });
  return Buffer.concat(bytes).toString();
}
