/**
 * A text with `{{expressions}}` and `{key}` placeholders. Expressions are those of docker/metadata-action
 * (https://github.com/docker/metadata-action#global-expressions), a part of Handlebars' language; a placeholder is the
 * value that the matrix entry has under that key, taken as it is.
 */
export interface Template {
  readonly source: string;
  readonly parts: readonly TemplatePart[];
}

type TemplatePart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "expression"; readonly expression: Expression };

export interface Expression {
  readonly name: string;
  /** `'YYYYMMDD'` of `{{date 'YYYYMMDD' tz='UTC'}}` */
  readonly argument: string | undefined;
  /** `UTC` of the same. */
  readonly timeZone: string | undefined;
  /** `{{x}}` escapes what HTML would read as markup, `{{{x}}}` does not. */
  readonly escape: boolean;
}

export type ParsedTemplate =
  | { readonly kind: "ok"; readonly template: Template }
  | { readonly kind: "invalid"; readonly reason: string };

/** `{{…}}` is read before `{…}`; other braces are text. */
export function parseTemplate(source: string): ParsedTemplate {
  const parts: TemplatePart[] = [];
  let rest = source;
  while (rest !== "") {
    const start = rest.indexOf("{{");
    if (start === -1) {
      parts.push(...placeholders(rest));
      break;
    }
    parts.push(...placeholders(rest.slice(0, start)));
    const raw = rest.startsWith("{{{", start);
    const [open, close] = raw ? ["{{{", "}}}"] : ["{{", "}}"];
    const end = rest.indexOf(close, start);
    if (end === -1) return invalid(`"${open}" without "${close}" in "${source}"`);
    const inner = rest.slice(start + open.length, end);
    const expression = parseExpression(inner, !raw);
    if (typeof expression === "string") return invalid(expression);
    parts.push({ kind: "expression", expression });
    rest = rest.slice(end + close.length);
  }
  return { kind: "ok", template: { source, parts } };
}

/** The keys of the entry that a template uses. */
export function templateKeys({ parts }: Template): readonly string[] {
  return parts.flatMap((part) => (part.kind === "key" ? [part.key] : []));
}

/** The names of its expressions. */
export function expressionNames({ parts }: Template): readonly string[] {
  return parts.flatMap((part) => (part.kind === "expression" ? [part.expression.name] : []));
}

/** A template without anything to fill in. */
export function isLiteral({ parts }: Template): boolean {
  return parts.every(({ kind }) => kind === "text");
}

/** Values that no rule can mean, found once keys and expressions are filled in. */
export class UnusableValue extends Error {}

/** The text of a template without anything to fill in; of any other as it was written. */
export function textOf(template: Template | undefined): string | undefined {
  if (template === undefined) return undefined;
  return isLiteral(template) ? evaluate(template, () => "") : template.source;
}

/**
 * Fills in the keys of an entry. Undefined when one of them is absent or empty: then the attribute that holds the
 * template counts as not written.
 */
export function bindKeys(template: Template, lookUp: (key: string) => string | undefined): Template | undefined {
  const parts: TemplatePart[] = [];
  for (const part of template.parts) {
    if (part.kind !== "key") {
      parts.push(part);
      continue;
    }
    const text = lookUp(part.key);
    if (text === undefined || text === "") return undefined;
    parts.push({ kind: "text", text });
  }
  return { source: template.source, parts };
}

/** The text, once all keys are filled in; what expressions give is escaped, as docker/metadata-action does it. */
export function evaluate(template: Template, lookUp: (expression: Expression) => string): string {
  return evaluatePlain(template, (expression) => {
    const value = lookUp(expression);
    return expression.escape ? escapeHtml(value) : value;
  });
}

/** The same with nothing escaped. */
export function evaluatePlain({ parts }: Template, lookUp: (expression: Expression) => string): string {
  return parts
    .map((part) => {
      if (part.kind === "text") return part.text;
      return part.kind === "key" ? `{${part.key}}` : lookUp(part.expression);
    })
    .join("");
}

const PLACEHOLDER = /\{([A-Za-z_][\w.-]*)\}/g;

function placeholders(text: string): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  let last = 0;
  for (const match of text.matchAll(PLACEHOLDER)) {
    if (match.index > last) parts.push({ kind: "text", text: text.slice(last, match.index) });
    parts.push({ kind: "key", key: match[1] ?? "" });
    last = match.index + match[0].length;
  }
  if (last < text.length) parts.push({ kind: "text", text: text.slice(last) });
  return parts;
}

function parseExpression(inner: string, escaped: boolean): Expression | string {
  const found = `"{{${inner}}}"`;
  const text = inner.trim();
  if (/^[#/^>!&*]|^else\b/.test(text)) {
    return `${found}: only plain expressions are taken, such as {{branch}} or {{date 'YYYYMMDD' tz='UTC'}}`;
  }
  const name = /^[a-z_]+/.exec(text)?.[0];
  if (name === undefined) return `${found} is not an expression such as {{branch}}`;
  let rest = text.slice(name.length);
  let argument: string | undefined;
  let timeZone: string | undefined;
  while (rest.trim() !== "") {
    const word = /^\s+(?:(tz)\s*=\s*)?(?:'([^']*)'|"([^"]*)")/.exec(rest);
    if (word === null) return `${found}: expected a text in quotes after ${name}, found ${JSON.stringify(rest.trim())}`;
    const value = word[2] ?? word[3] ?? "";
    if (word[1] === "tz") timeZone = value;
    else if (argument === undefined) argument = value;
    else return `${found}: ${name} takes one text in quotes`;
    rest = rest.slice(word[0].length);
  }
  return { name, argument, timeZone, escape: escaped };
}

const HTML: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#x27;",
  "`": "&#x60;",
  "=": "&#x3D;",
};

// As Handlebars does it (https://handlebarsjs.com/guide/#html-escaping): a branch a=b gives the tag a-x3D-b there too.
function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`=]/g, (char) => HTML[char] ?? char);
}

function invalid(reason: string): ParsedTemplate {
  return { kind: "invalid", reason };
}
