import leven from "leven";

/** The known word that was probably meant: at most a third of its letters differ. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: { readonly word: string; readonly distance: number } | undefined;
  for (const candidate of known) {
    const distance = leven(word.toLowerCase(), candidate.toLowerCase());
    if (best === undefined || distance < best.distance) best = { word: candidate, distance };
  }
  if (best === undefined || best.distance > Math.max(1, Math.ceil(best.word.length / 3))) return undefined;
  return best.word;
}

/** ` (did you mean "x"?)`, or nothing. Two texts that only look alike are shown with their characters' numbers. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const guess = nearest(word, known);
  if (guess === undefined) return "";
  if (guess !== word && guess.normalize("NFKC") === word.normalize("NFKC")) {
    return ` (did you mean ${inAscii(guess)}? It looks like ${inAscii(word)}, in other characters)`;
  }
  return ` (did you mean "${guess}"?)`;
}

function inAscii(text: string): string {
  return JSON.stringify(text).replace(
    /[^\x20-\x7e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Whether a key is another one, but for its case and separators, one letter, or two that are swapped: `runs_on` for `runs-on`. */
export function isSlipOf(word: string, known: string): boolean {
  const [left, right] = [word, known].map((text) => text.toLowerCase().replace(/[-_ ]/g, ""));
  return left !== undefined && right !== undefined && differsLittle(left, right);
}

function differsLittle(left: string, right: string): boolean {
  let start = 0;
  while (start < Math.min(left.length, right.length) && left[start] === right[start]) start += 1;
  const [a, b] = [left.slice(start), right.slice(start)];
  const swapped = `${a[1] ?? ""}${a[0] ?? ""}${a.slice(2)}`;
  return a === b || a.slice(1) === b.slice(1) || a.slice(1) === b || a === b.slice(1) || swapped === b;
}
