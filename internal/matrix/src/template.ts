/** What a placeholder's name looks like: `backend`, `base-image`. */
export const KEY = "[A-Za-z_][A-Za-z0-9_-]*";

/** A text of a config with `{key}` placeholders, read. */
export interface Template {
  readonly source: string;
  /** In the order of the source; joined they are the source. */
  readonly segments: readonly TemplateSegment[];
  /** What looks like a placeholder and is none: `{a.b}`, `{ a }`. It counts as literal text. */
  readonly broken: readonly BrokenPlaceholder[];
}

export type TemplateSegment =
  | { readonly kind: "text"; readonly text: string }
  /** `offset` counts UTF-16 units from the start of the source to the brace. */
  | { readonly kind: "key"; readonly key: string; readonly offset: number };

export interface BrokenPlaceholder {
  /** With its braces. */
  readonly text: string;
  readonly offset: number;
}

/**
 * Reads a text with `{key}` placeholders. Other braces are literal text. Double braces have no meaning here: where they have
 * one, they are taken out before.
 */
export function parseTemplate(source: string): Template {
  const segments: TemplateSegment[] = [];
  let end = 0;
  const addText = (until: number): void => {
    if (until > end) segments.push({ kind: "text", text: source.slice(end, until) });
  };
  for (const match of source.matchAll(PLACEHOLDER)) {
    addText(match.index);
    segments.push({ kind: "key", key: match[1] ?? "", offset: match.index });
    end = match.index + match[0].length;
  }
  addText(source.length);
  const broken = [...source.matchAll(BRACED)]
    .filter(([text]) => !WHOLE.test(text))
    .map(({ 0: text, index }) => ({ text, offset: index }));
  return { source, segments, broken };
}

/** The keys that a template names, in their order; a key may stand there twice. */
export function templateKeys({ segments }: Template): readonly string[] {
  return segments.flatMap((segment) => (segment.kind === "key" ? [segment.key] : []));
}

/** The key of a template that is one placeholder and nothing else. */
export function loneKey({ segments: [first, ...others] }: Template): string | undefined {
  return first?.kind === "key" && others.length === 0 ? first.key : undefined;
}

/**
 * The text with values in the place of keys. Undefined: one of them has no value, so that `rocm-{version}` never becomes
 * `rocm-`.
 */
export function renderTemplate({ segments }: Template, value: (key: string) => string | undefined): string | undefined {
  let text = "";
  for (const segment of segments) {
    const part = segment.kind === "text" ? segment.text : value(segment.key);
    if (part === undefined || part === "") return undefined;
    text += part;
  }
  return text;
}

const PLACEHOLDER = new RegExp(`\\{(${KEY})\\}`, "g");
const WHOLE = new RegExp(`^\\{${KEY}\\}$`);
const BRACED = /(?<!\{)\{[^{}"',]+\}(?!\})/g;
