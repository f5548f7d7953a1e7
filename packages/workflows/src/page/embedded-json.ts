const RISKY = /[<>&\u2028\u2029]/g;

/**
 * A value as JSON that a script element may hold: nothing in it ends the element, opens a comment, or is another character to
 * HTML than to JSON. These characters stand in strings alone, where their numbers mean the same.
 */
export function embeddedJson(value: unknown): string {
  return JSON.stringify(value).replace(RISKY, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text between tags, or in an attribute between quotes. */
export function escapedHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}
