import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

/*
 * node src/compare.ts <out-a> <out-b>
 *
 * Says which cases of two recordings differ, and how. Exit codes: 0 they are equal, 1 they differ, 2 usage.
 */

const MAX_LINES = 30;

const [a, b] = process.argv.slice(2);
if (a === undefined || b === undefined || !existsSync(a) || !existsSync(b)) {
  process.stderr.write("usage: node src/compare.ts <out-a> <out-b>, two folders that record.ts has written\n");
  process.exitCode = 2;
} else {
  process.exitCode = compare(resolve(a), resolve(b));
}

function compare(left: string, right: string): number {
  const [ours, theirs] = [filesOf(left), filesOf(right)];
  if (ours.size === 0 || theirs.size === 0) {
    process.stdout.write("one of them is empty\n");
    return 1;
  }
  const differing = [...new Set([...ours, ...theirs])].toSorted().filter((path) => !equal(left, right, path));
  const cases = Map.groupBy(differing, caseOf);
  for (const [name, paths] of cases) {
    process.stdout.write(`${name}: ${paths.length} ${paths.length === 1 ? "file differs" : "files differ"}\n`);
    for (const path of paths) process.stdout.write(describe(left, right, path));
  }
  const total = new Set([...ours, ...theirs].map(caseOf)).size;
  process.stdout.write(`${cases.size} of ${total} cases differ\n`);
  return cases.size === 0 ? 0 : 1;
}

/** `group/case` of `group/case/01/stdout`. */
function caseOf(path: string): string {
  return path.split("/").slice(0, 2).join("/");
}

function filesOf(folder: string): ReadonlySet<string> {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return new Set(paths.filter((path) => statSync(join(folder, path)).isFile()));
}

function equal(left: string, right: string, path: string): boolean {
  const [ours, theirs] = [join(left, path), join(right, path)];
  return existsSync(ours) && existsSync(theirs) && readFileSync(ours).equals(readFileSync(theirs));
}

function describe(left: string, right: string, path: string): string {
  for (const [folder, other] of [
    [left, right],
    [right, left],
  ] as const) {
    if (!existsSync(join(folder, path))) return `  ${path}: only in ${other}\n`;
  }
  const args = ["diff", "--no-index", "--no-color", "--no-ext-diff", "-U1", "--", join(left, path), join(right, path)];
  const { stdout } = spawnSync("git", args, { encoding: "utf8", maxBuffer: 256 * 1024 * 1024 });
  // The first four lines say which files these are.
  const lines = stdout.trimEnd().split("\n").slice(4);
  const more = lines.length > MAX_LINES ? [`… ${lines.length - MAX_LINES} more lines`] : [];
  const shown = [...lines.slice(0, MAX_LINES), ...more].map((line) => `    ${line.slice(0, 400)}\n`);
  return `  ${path}\n${shown.join("")}`;
}
