/**
 * Text as Go's standard library sees it, where JavaScript's differs: BuildKit's reader is written in Go, and a space that
 * is none there must be none here. The set is that of `unicode.IsSpace` (https://pkg.go.dev/unicode#IsSpace): other than
 * `\s` it holds U+0085 and not U+FEFF.
 */
const SPACES = "\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const SPACE = new RegExp(`^[${SPACES}]$`);
const LEADING_SPACE = new RegExp(`^[${SPACES}]+`);

export function isSpace(character: string): boolean {
  return SPACE.test(character);
}

export function trimStart(text: string): string {
  return text.replace(LEADING_SPACE, "");
}

/** `strings.TrimSpace`. */
export function trimSpace(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text.charAt(end - 1))) end -= 1;
  return trimStart(text.slice(0, end));
}

/** Without the line break at its end. */
export function withoutLineBreak(line: string): string {
  let end = line.length;
  while (end > 0 && (line.charAt(end - 1) === "\n" || line.charAt(end - 1) === "\r")) end -= 1;
  return line.slice(0, end);
}

/** What separates words of an instruction: fewer characters than `isSpace`. */
export const WORD_SPACE: RegExp = /[\t\v\f\r ]+/;

/** Splits at the first run of word spaces; one part where there is none. */
export function cutAtSpace(text: string): readonly [string, string | undefined] {
  const found = WORD_SPACE.exec(text);
  if (found === null) return [text, undefined];
  return [text.slice(0, found.index), text.slice(found.index + found[0].length)];
}

/** `strings.Cut`. */
export function cut(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

export function withoutByteOrderMark(text: string): string {
  return text.startsWith("\u{feff}") ? text.slice(1) : text;
}
