import { posix } from "node:path";
import { isWild, matchesComponent } from "./file-pattern.ts";
import type { ReadableTree } from "./tree.ts";

/** What a source leads to. Paths start at the context and may be patterns. */
export interface Followed {
  /** Links on the way, and components with wildcards that stand for one. */
  readonly links: readonly string[];
  /** Where it ends: no link any more. */
  readonly ends: readonly string[];
}

// A link may lead to a link; what leads on for ever ends here, as a source that is not there.
const MAX_STEPS = 10_000;

/**
 * Resolves a source over the symbolic links at each of its components, wildcards included, as BuildKit's client does
 * before it sends anything. A link never leaves the context: there its root is the root. Undefined: a link's text is not
 * known, or there is no end.
 */
export function followLinks(source: string, tree: ReadableTree, context: string): Followed | undefined {
  const links = new Set<string>();
  const ends = new Set<string>();
  let steps = 0;
  let unknown = false;

  const inRepository = (path: string): string => posix.join(context, path).replace(/^\.$/, "");
  const targetOf = (link: string): string => {
    const text = tree.text(inRepository(link));
    if (text === undefined) unknown = true;
    return posix.join("/", text?.startsWith("/") ? "" : posix.dirname(link), text ?? "").replace(/(?<=.)\/$/, "");
  };
  /** Undefined: no link; a wildcard: those of the links that it may match. */
  const targetsAt = (path: string): readonly string[] | undefined => {
    const name = posix.basename(path);
    const folder = posix.dirname(path);
    if (!isWild(name)) return tree.kindOf(inRepository(path)) === "link" ? [targetOf(path)] : undefined;
    const found = [...tree.names(inRepository(folder))]
      .filter((each) => tree.kindOf(inRepository(posix.join(folder, each))) === "link" && matchesComponent(name, each))
      .map((each) => targetOf(posix.join(folder, each)));
    return found.length === 0 ? undefined : found;
  };
  const append = (path: string): void => {
    const parts = posix.join(".", path).replace(/^\/+/, "").split("/");
    let current = ".";
    for (const [index, part] of parts.entries()) {
      steps += 1;
      if (steps > MAX_STEPS || unknown) return;
      current = posix.join(current, part);
      const rest = parts.slice(index + 1).join("/");
      const targets = targetsAt(current);
      if (targets !== undefined) {
        if (links.has(current)) return;
        links.add(current);
        for (const target of targets) append(posix.join(target, rest));
        return;
      }
      if (rest === "") ends.add(current);
    }
  };
  append(source);
  return unknown || steps > MAX_STEPS ? undefined : { links: [...links], ends: [...ends] };
}
