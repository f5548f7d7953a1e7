import { distinctLines, readProgress, readRequest, settleLines, sortLines } from "./line-order.ts";

/** What differs between two runs of the same command although nothing about the command has changed. */
export type Varying =
  /** Times that were measured. */
  | "durations"
  /** Room on this machine's disks. */
  | "free-space"
  /** The order of lines, where several things are done at once. */
  | "order"
  /** The order in which blobs and repositories take turns. */
  | "turns"
  /** Which of several requests that all fail is told of, and how many were on their way by then. */
  | "which";

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
// What mkdtemp makes.
const TEMPORARY = /\b((?:fanfold(?:-[a-z]+)*|digest-tools|disk-setup|leg|job)-)[A-Za-z0-9]{6}(?![A-Za-z0-9-])/g;
const DIGEST = /sha256:[0-9a-f]{64}/g;
const DURATION = /\b\d+(?:\.\d+)?(?= ?(?:ms|s|seconds)\b)/g;

/** Puts names in the place of what varies from run to run: paths, ports, random names. */
export class Normaliser {
  readonly #names = new Map<string, string>();

  /** From now on `text` reads `name`, percent-encoded or not. */
  name(text: string, name: string): void {
    this.#names.set(text, name);
    this.#names.set(encodeURIComponent(text), name);
  }

  apply(text: string, varying: readonly Varying[] = []): string {
    let result = text;
    // The longest first: a folder's path begins with its parent's.
    for (const [from, to] of [...this.#names].toSorted(([a], [b]) => b.length - a.length)) {
      result = result.replaceAll(from, to);
    }
    result = result.replace(UUID, "<uuid>").replace(TEMPORARY, "$1<random>");
    if (varying.includes("durations")) {
      result = result.replace(DURATION, "<time>").replace(/("(?:seconds|milliseconds)": ?)[\d.]+/g, "$1<time>");
    }
    if (varying.includes("free-space")) result = withoutSpace(result);
    if (varying.includes("which")) result = result.replace(DIGEST, "sha256:<some>");
    if (varying.includes("turns")) result = settleLines(result, readProgress);
    if (varying.includes("order")) result = sortLines(result);
    return result;
  }
}

/** Requests in an order that is the same in every run. `ordered`: they were made one at a time. */
export function settleRequests(text: string, ordered: boolean, varying: readonly Varying[]): string {
  if (varying.includes("which")) return distinctLines(text.replace(DIGEST, "sha256:<some>"));
  if (!ordered || varying.includes("order")) return sortLines(text);
  return varying.includes("turns") ? settleLines(text, readRequest) : text;
}

function withoutSpace(text: string): string {
  return text
    .replace(/\b\d+(?:\.\d+)? [kMGT]B/g, "<size>")
    .replace(/\b\d{5,}\b/g, "<number>")
    .replace(/\b\d+ inodes/g, "<inodes>");
}
