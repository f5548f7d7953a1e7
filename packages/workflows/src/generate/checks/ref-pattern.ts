import { REF_PATTERN_TOKEN } from "../../sign/ref-expression.ts";

/**
 * Why a filter of branches or tags is refused: GitHub cannot read it, or no name that git allows would ever match; undefined:
 * nothing is wrong with it.
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
 */
export function refPatternFault(pattern: string): string | undefined {
  const tokens = pattern.replace(/^!/, "").match(REF_PATTERN_TOKEN) ?? [];
  if (tokens.length === 0) return "names nothing";
  // What a name would have to hold, with a letter in the place of what is not fixed.
  let fixed = "";
  for (const [index, token] of tokens.entries()) {
    const next = tokens[index + 1];
    if (token === "[") return 'has a "[" without its "]"';
    if (token.startsWith("[")) {
      const fault = classFault(token);
      if (fault !== undefined) return fault;
      fixed += ANY;
    } else if (token === "?" || token === "+") {
      const before = tokens[index - 1];
      if (before === undefined || /^[*?+]/.test(before))
        return `has a "${token}" with no character before it to repeat`;
    } else if (token.startsWith("*") || next === "?") {
      fixed += ANY;
    } else {
      fixed += /^\\[+!]$/.test(token) ? token.slice(1) : token;
    }
  }
  return nameFault(fixed);
}

const ANY = "a";

/** `[a-z]`, with both its brackets. */
function classFault(token: string): string | undefined {
  const shown = JSON.stringify(token);
  const content = token.slice(1, -1);
  if (content === "") return `has ${shown}, which holds no character`;
  if (content.endsWith("-")) return `has ${shown}, a range without an end`;
  for (const [, from = "", to = ""] of content.matchAll(/(.)-(.)/gu)) {
    if (from > to) return `has ${shown}, a range that does not ascend`;
  }
  return undefined;
}

// https://git-scm.com/docs/git-check-ref-format
function nameFault(name: string): string | undefined {
  const character = /[\p{Cc} ~^:\\]/u.exec(name)?.[0];
  if (character !== undefined) return `has ${JSON.stringify(character)}, which no name in git holds`;
  const sequence = /\.\.|\/\/|\/\.|@\{|\.lock(?=\/)/.exec(name)?.[0];
  if (sequence !== undefined) return `has "${sequence}", which no name in git holds`;
  const start = /^[/.]/.exec(name)?.[0];
  if (start !== undefined) return `begins with "${start}", and no name in git does`;
  const end = /(?:[/.]|\.lock)$/.exec(name)?.[0];
  return end === undefined ? undefined : `ends with "${end}", and no name in git does`;
}
