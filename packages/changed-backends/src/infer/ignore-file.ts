import { posix } from "node:path";
import { trimSpace, withoutByteOrderMark } from "../dockerfile/go-text.ts";
import { type FilePattern, filePattern, mayMatchWithin } from "./file-pattern.ts";

/** What an ignore file takes out of a context; paths start at the context. */
export interface IgnoreFile {
  /** Other for files that take away other paths. */
  readonly key: string;
  takesAway(path: string): boolean;
  /** Whether nothing is left of a folder, whatever it holds. */
  takesAwayWhole(folder: string): boolean;
}

interface Line extends FilePattern {
  /** `!`: gives back what lines before took away. */
  readonly exception: boolean;
}

interface Verdict {
  readonly taken: boolean;
  /** Per line: whether the path or a folder above it matched. */
  readonly matched: readonly boolean[];
}

/**
 * An ignore file as Docker reads it (https://docs.docker.com/build/concepts/context/#dockerignore-files). A line whose
 * meaning nobody knows takes nothing away, and gives everything back where it is an exception.
 */
export function ignoreFile(text: string): IgnoreFile {
  const lines = linesOf(text);
  const folders = new Map<string, Verdict>();
  /** `matched`: is told of each line whether it matched. A context may hold many thousands of files. */
  const judge = (path: string, matched?: boolean[]): boolean => {
    const slash = path.lastIndexOf("/");
    const above = slash === -1 ? undefined : folderVerdict(path.slice(0, slash));
    let taken = false;
    for (let index = 0; index < lines.length; index++) {
      const line = lines[index];
      if (line === undefined) break;
      let match = above?.matched[index] ?? false;
      if (!match && line.exception === taken) match = line.matches(path) ?? line.exception;
      if (match) taken = !line.exception;
      matched?.push(match);
    }
    return taken;
  };
  const folderVerdict = (folder: string): Verdict => {
    const known = folders.get(folder);
    if (known !== undefined) return known;
    const matched: boolean[] = [];
    const verdict = { taken: judge(folder, matched), matched };
    folders.set(folder, verdict);
    return verdict;
  };
  return {
    key: text,
    takesAway: (path) => judge(path),
    takesAwayWhole: (folder) =>
      judge(folder) && !lines.some((line) => line.exception && mayMatchWithin(line.text, folder)),
  };
}

function linesOf(text: string): readonly Line[] {
  return withoutByteOrderMark(text)
    .split("\n")
    .flatMap((raw): readonly Line[] => {
      const line = raw.replace(/\r$/, "");
      if (line.startsWith("#")) return [];
      const trimmed = trimSpace(line);
      const exception = trimmed.startsWith("!");
      const pattern = trimSpace(exception ? trimmed.slice(1) : trimmed);
      if (pattern === "") return [];
      const clean = posix.normalize(pattern);
      return [{ exception, ...filePattern(clean.length > 1 && clean.startsWith("/") ? clean.slice(1) : clean) }];
    });
}
