// What single quotes hold without surprise for bash and for the reader. No `$`, so a script never holds the start of a
// GitHub expression, and no byte outside ASCII, so it reads the same under every locale.
const PLAIN = /^[A-Za-z0-9 ,.:;/@%+=_(){}[\]<>"#&*?|~^!-]*$/;

// What needs no quotes anywhere but in front of a command, where `a=b` would be an assignment.
const BARE = /^[A-Za-z0-9_./:@%+=,-]+$/;

/**
 * One word for bash that is exactly `text`: as it is, in single quotes, or in `$'…'` with octal bytes for whatever is not plain
 * (https://www.gnu.org/software/bash/manual/html_node/ANSI_002dC-Quoting.html).
 *
 * @throws RangeError when `text` holds a NUL, which no word of a shell can
 */
export function bashWord(text: string): string {
  if (text.includes("\0")) throw new RangeError("a word for bash cannot hold a NUL character");
  if (BARE.test(text)) return text;
  if (PLAIN.test(text)) return `'${text}'`;
  let word = "";
  for (const byte of new TextEncoder().encode(text)) {
    const char = String.fromCharCode(byte);
    word += PLAIN.test(char) ? char : `\\${byte.toString(8).padStart(3, "0")}`;
  }
  return `$'${word}'`;
}

/** `name=(a 'b c')`, an indexed array. */
export function bashArray(name: string, words: readonly string[]): string {
  return `${name}=(${words.map(bashWord).join(" ")})`;
}

/** `name=a` */
export function bashVariable(name: string, word: string): string {
  return `${name}=${bashWord(word)}`;
}
