import type { Host } from "@fanfold-internal/kit/process/host";
import { parseJson } from "@fanfold-internal/kit/read/json";
import { nameOf, readText } from "@fanfold-internal/kit/read/text";
import { fewNames } from "@fanfold-internal/kit/text/words";
import { ChangedBackendsError } from "../base/error.ts";

/**
 * Reads the paths of `--files-from`. A list in another format would be taken for paths that nothing mentions, and select
 * too little: it is refused.
 *
 * @param exists whether the repository has such a file
 * @throws ChangedBackendsError `unreadable-input`, InputError `unreadable-file`
 */
export function readFileList(file: string, host: Host, exists: (path: string) => boolean): readonly string[] {
  const fix = "name a file with one path a line, or NUL-terminated paths (git diff --name-only -z)";
  const text = readText(host, file, { what: "the list of files", fix });
  const found = text.includes("\0") ? undefined : otherFormat(text, exists);
  const paths = parseFileList(text);
  // What UTF-16 is when it is read as UTF-8, or what git never prints.
  const strange = text.startsWith("\uFFFD\uFFFD")
    ? text
    : paths.find((path) => /^(?:\/|[A-Za-z]:[\\/])|(?:^|\/)\.\.(?:\/|$)/.test(path));
  if (found === undefined && strange === undefined) return paths;
  const shown = JSON.stringify((found?.line ?? strange ?? "").slice(0, 200));
  throw new ChangedBackendsError({
    code: "unreadable-input",
    message: `the list of files: expected one path from the repository's root a line, found ${found === undefined ? "" : `${found.format} in `}${shown}`,
    at: { file: nameOf(file), ...(found === undefined ? {} : { line: found.number }) },
    fix: found?.fix ?? "print it with git diff --name-only, in UTF-8",
  });
}

interface OtherFormat {
  readonly format: string;
  readonly line: string;
  readonly number: number;
  readonly fix: string;
}

/** The first line that is no path but a list, or a row of another command. Lines that are quoted as git does it are paths. */
function otherFormat(text: string, exists: (path: string) => boolean): OtherFormat | undefined {
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (unquoted(line) !== line || line === "" || exists(line)) continue;
    const found = formatOf(line, index === 0 ? text : line, exists);
    if (found !== undefined) return { ...found, line, number: index + 1 };
  }
  return undefined;
}

const SEPARATOR = /[\s,;|"'[\]{}()]+/g;

// A line of a list has two; one of thousands is a list all the same.
const MAX_SEPARATORS = 100;

const GIT = "print it with git diff --name-only";

function formatOf(
  line: string,
  document: string,
  exists: (path: string) => boolean,
): Pick<OtherFormat, "format" | "fix"> | undefined {
  if (/^[[{]/.test(line) && parseJson(document).kind === "ok") {
    return { format: "JSON", fix: "print it with jq --raw-output '.[]'" };
  }
  // git quotes tabs and backslashes of paths.
  if (line.includes("\t")) return { format: "a tab", fix: `${GIT}, without --name-status, --numstat or --raw` };
  if (line.includes("\\")) {
    return { format: "backslashes", fix: `write ${JSON.stringify(line.replaceAll("\\", "/")).slice(0, 200)}` };
  }
  const parts = line.split(SEPARATOR).filter((part) => part !== "" && part !== line);
  // A path may itself hold what separates others: then it is what stands before or after one of them.
  const ends = [...line.matchAll(SEPARATOR)]
    .slice(0, MAX_SEPARATORS)
    .flatMap(({ index, 0: { length } }) => [line.slice(0, index), line.slice(index + length)]);
  const paths = [...new Set([...parts, ...ends])].filter((part) => exists(part.replace(/^(?:\.\/+)+/, "")));
  if (paths.length === 0) return undefined;
  return {
    format: parts.length > 1 ? "a list" : "more than the path",
    fix: `write one path a line: ${fewNames(paths)}`,
  };
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
