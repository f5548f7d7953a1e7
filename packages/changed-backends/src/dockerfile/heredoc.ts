import { RefusedText } from "./refusal.ts";
import { expandWords, type WordOptions } from "./word.ts";

/** `<<NAME` in a line (https://docs.docker.com/reference/dockerfile/#here-documents). */
export interface Heredoc {
  readonly name: string;
  /** `<<-`: leading tabs of the body do not count. */
  readonly chomp: boolean;
}

const HEREDOC = /^\d*<<(-?)[\t\n\f\r ]*/;
const PLAIN: WordOptions = { escape: "\\", lookup: () => undefined, keepUnset: true };
const RAW: WordOptions = { ...PLAIN, rawQuotes: true };
const WHOLE: WordOptions = { ...RAW, rawEscapes: true };

/** Those that a line opens, in their order.
 * @throws RefusedText
 */
export function heredocsOf(line: string): readonly Heredoc[] {
  let words: readonly string[];
  try {
    words = expandWords(line, WHOLE);
  } catch (error) {
    // BuildKit takes a line whose quotes do not close for one without heredocs.
    if (error instanceof RefusedText) return [];
    throw error;
  }
  return words.flatMap((word) => heredocOf(word) ?? []);
}

/** Whether a source or destination is the mark of a heredoc. */
export function isHeredoc(word: string): boolean {
  try {
    return heredocOf(word) !== undefined;
  } catch (error) {
    if (error instanceof RefusedText) return false;
    throw error;
  }
}

function heredocOf(word: string): Heredoc | undefined {
  const match = HEREDOC.exec(word);
  const rest = match === null ? "" : word.slice(match[0].length);
  if (rest === "" || rest.includes("<")) return undefined;
  const [name, ...others] = expandWords(rest, PLAIN);
  if (name === undefined || others.length > 0) return undefined;
  if (expandWords(rest, RAW).length !== 1) throw new RefusedText(`the name of the heredoc ${rest} cannot be read`);
  return { name, chomp: match?.[1] === "-" };
}

/** Whether an instruction may have heredocs. */
export function takesHeredocs(command: string): boolean {
  return /^(?:ADD|COPY|RUN)$/i.test(command);
}
