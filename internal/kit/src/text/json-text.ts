// What JSON.stringify leaves as it is and a terminal does not: DEL, C1, line separators, and the bidirectional controls.
const UNSAFE = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/**
 * A document as one line of JSON that is safe to print wherever a log is read: control characters are escaped, and there
 * is no `##[`, which a runner takes for a command anywhere in a line
 * (https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs).
 */
export function jsonText(document: unknown): string {
  const escaped = JSON.stringify(document)
    .replace(UNSAFE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)
    // Text alone can hold these three in a row: a # stands nowhere else in JSON.
    .replaceAll("##[", "##\\u005b");
  return `${escaped}\n`;
}
