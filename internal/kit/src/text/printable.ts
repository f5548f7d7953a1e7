const ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

// C0, DEL, C1, line separators, and the bidirectional controls that make text read as something else than it is
// (https://trojansource.codes).
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/**
 * Text from outside (paths, messages of servers, matrix values) as one line that a terminal shows as it is and in
 * which a runner finds no workflow command: it takes `::name::` at the start of a line, after white space, and
 * `##[name]` anywhere in one
 * (https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs).
 */
export function printable(text: string): string {
  return text
    .replace(UNSAFE, (char) => ESCAPES[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .replace(/^(\s*):(?=:)/, "$1\\u003a")
    .replaceAll("##[", "##\\u005b");
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
