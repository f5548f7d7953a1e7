import { posix } from "node:path";
import type { ReadableTree } from "./tree.ts";

/** What a path of the repository leads to. */
export interface FoundPath {
  /** Without links. */
  readonly path: string;
  readonly kind: "file" | "folder" | "gitlink";
  /** Links on the way, as git has them. */
  readonly links: readonly string[];
}

// As many as Linux follows (path_resolution(7)).
const MAX_LINKS = 40;

/**
 * A path from the repository's root over symbolic links; `.` and the empty path are the root. Undefined: it is not there,
 * leads out of the repository, or over a link whose text is not known. What lies in a submodule is its gitlink.
 */
export function findPath(path: string, tree: ReadableTree): FoundPath | undefined {
  return walkTo(path, tree, []);
}

/** Whether a link stands on the way to a path that is not found: something may be there all the same. */
export function isBehindLink(path: string, tree: ReadableTree): boolean {
  const links: string[] = [];
  return walkTo(path, tree, links) === undefined && links.length > 0;
}

/** `links` are gathered on the way. */
function walkTo(path: string, tree: ReadableTree, links: string[]): FoundPath | undefined {
  let parts = partsOf(posix.normalize(path));
  if (path.startsWith("/")) return undefined;
  let at: string[] = [];
  while (parts.length > 0) {
    const [part = "", ...rest] = parts;
    parts = rest;
    if (part === "..") {
      if (at.length === 0) return undefined;
      at = at.slice(0, -1);
      continue;
    }
    const here = [...at, part].join("/");
    const kind = tree.kindOf(here);
    if (kind === "gitlink") return { path: here, kind, links };
    if (kind === "link") {
      const text = tree.text(here);
      links.push(here);
      if (text === undefined || text.startsWith("/") || links.length > MAX_LINKS) return undefined;
      parts = [...partsOf(text), ...rest];
    } else if (kind === undefined || (kind === "file" && rest.length > 0)) return undefined;
    else at = [...at, part];
  }
  const found = at.join("/");
  const kind = tree.kindOf(found);
  return kind === "file" || kind === "folder" ? { path: found, kind, links } : undefined;
}

/** Behind a link `..` is the folder above its end: what it says is not shortened. */
function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}
