/** The parts of GitHub's filters of branches and tags: an escaped character, a class, asterisks, any other character. */
export const REF_PATTERN_TOKEN: RegExp = /\\.|\[[^\]]*\]|\*+|[\s\S]/gu;

/**
 * The regular expression, in the grammar that Go's and JavaScript's share, of the names that a filter takes; undefined for
 * one that excludes (`!`), which none can say.
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
 */
export function refExpression(pattern: string): string | undefined {
  if (pattern.startsWith("!")) return undefined;
  return (pattern.match(REF_PATTERN_TOKEN) ?? []).map(expressionOf).join("");
}

function expressionOf(token: string): string {
  if (token.startsWith("*")) return token.length === 1 ? "[^/]*" : ".*";
  // What stands before them is one character, or a class.
  if (token === "?" || token === "+") return token;
  if (token.startsWith("[") && token.length > 1) return `[${token.slice(1, -1).replace(/[\\^[]/g, "\\$&")}]`;
  return literal(token.startsWith("\\") && token.length > 1 ? token.slice(1) : token);
}

/** A text as a regular expression of itself. */
export function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
