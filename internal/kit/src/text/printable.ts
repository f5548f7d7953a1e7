const ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

// Control characters, characters without a width, spaces that are not the plain one, and the bidirectional controls that
// make text read as something else than it is (https://trojansource.codes): two texts that look alike are shown apart.
const UNSAFE =
  /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000]/gu;

/**
 * Text from outside (paths, messages of servers, matrix values) as one line that a terminal shows as it is and in
 * which a runner finds no workflow command: it takes `::name::` at the start of a line, after white space, and
 * `##[name]` anywhere in one
 * (https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs).
 */
export function printable(text: string): string {
  return text
    .replace(UNSAFE, escaped)
    .replace(/^(\s*):(?=:)/, "$1\\u003a")
    .replaceAll("##[", "##\\u005b");
}

function escaped(char: string): string {
  const code = (char.codePointAt(0) ?? 0).toString(16);
  return ESCAPES[char] ?? (code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`);
}

/** The same for a cell or a sentence in Markdown: nothing in it is markup, a link or an image. */
export function markdownText(text: string): string {
  return printable(text).replace(/[\\`*_{}[\]<>#|!~&@]/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** The same as inline code, which may itself hold backticks, inside a table or not. */
export function markdownCode(text: string): string {
  const safe = printable(text).replaceAll("|", "\\|");
  const longest = Math.max(0, ...(safe.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  const pad = safe.startsWith("`") || safe.endsWith("`") || safe === "" ? " " : "";
  return `${fence}${pad}${safe}${pad}${fence}`;
}
