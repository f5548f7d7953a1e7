import type { Json } from "@fanfold-internal/kit/read/json";

/** A key of the entry that a build job got as JSON, inside an expression. */
export const entryKey = (key: string): string => `fromJson(inputs.entry)${property(key)}`;

/** A key of the matrix, inside an expression. */
export const matrixKey = (key: string): string => `matrix${property(key)}`;

/** `${{ … }}` around an expression. */
export const evaluated = (expression: string): string => `\${{ ${expression} }}`;

/** Text that GitHub leaves as it is. It knows no escape for what opens an expression but an expression that says it. */
export const literal = (text: string): string => text.replaceAll("${{", "${{ '${{' }}");

/**
 * Text with `{key}` placeholders as text with expressions. With one empty key the whole is empty, so that
 * `rocm-{version}` never becomes `rocm-`.
 */
export function filled(template: string, key: (name: string) => string): string {
  const parts = template.split(PLACEHOLDER);
  const names = placeholders(template);
  if (names.length === 0) return literal(template);
  const only = loneKey(template);
  if (only !== undefined) return evaluated(key(only));
  // As text, because `0` and `false` are equal to '' in an expression.
  const filledIn = [...new Set(names)].map((name) => `format('{0}', ${key(name)}) != ''`);
  const pattern = parts
    .map((part, index) => (index % 2 === 1 ? `{${(index - 1) / 2}}` : part.replace(/[{}]/g, "$&$&")))
    .join("")
    .replaceAll("'", "''");
  return evaluated(`${filledIn.join(" && ")} && format('${pattern}', ${names.map(key).join(", ")}) || ''`);
}

/** The keys that a text with `{key}` placeholders names, in their order. */
export function placeholders(template: string): readonly string[] {
  return template.split(PLACEHOLDER).filter((_, index) => index % 2 === 1);
}

/** The key of a text that is one placeholder and nothing else: its value stays what it is, a number or a boolean. */
export function loneKey(template: string): string | undefined {
  const [before, key, after, ...more] = template.split(PLACEHOLDER);
  return before === "" && after === "" && more.length === 0 ? key : undefined;
}

/**
 * What looks like a placeholder and is none: `{a.b}`, `{ a }`. Two braces, and JSON or lists in braces, are literal text.
 */
export function brokenPlaceholders(template: string): readonly string[] {
  const braced = template.match(/(?<!\{)\{[^{}"',]+\}(?!\})/g) ?? [];
  return braced.filter((text) => loneKey(text) === undefined);
}

/** Whether GitHub would take part of a text for an expression. */
export function holdsExpression(value: Json): boolean {
  return typeof value === "string" && value.includes("${{");
}

const PLACEHOLDER = /\{([A-Za-z_][A-Za-z0-9_-]*)\}/;

/** https://docs.github.com/actions/reference/workflows-and-actions/contexts#about-contexts */
function property(key: string): string {
  return /^[A-Za-z_][A-Za-z0-9_-]*$/.test(key) ? `.${key}` : `['${key.replaceAll("'", "''")}']`;
}
