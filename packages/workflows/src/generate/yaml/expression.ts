import type { Json } from "@fanfold-internal/kit/read/json";
import { loneKey, parseTemplate, templateKeys } from "@fanfold-internal/matrix/template";

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
export function filled(text: string, key: (name: string) => string): string {
  const template = parseTemplate(text);
  const names = templateKeys(template);
  if (names.length === 0) return literal(text);
  const only = loneKey(template);
  if (only !== undefined) return evaluated(key(only));
  // As text, because `0` and `false` are equal to '' in an expression.
  const filledIn = [...new Set(names)].map((name) => `format('{0}', ${key(name)}) != ''`);
  let position = 0;
  const pattern = template.segments
    .map((segment) => (segment.kind === "key" ? `{${position++}}` : segment.text.replace(/[{}]/g, "$&$&")))
    .join("")
    .replaceAll("'", "''");
  return evaluated(`${filledIn.join(" && ")} && format('${pattern}', ${names.map(key).join(", ")}) || ''`);
}

/** Whether GitHub would take part of a text for an expression. */
export function holdsExpression(value: Json): boolean {
  return typeof value === "string" && value.includes("${{");
}

/** https://docs.github.com/actions/reference/workflows-and-actions/contexts#about-contexts */
function property(key: string): string {
  return /^[A-Za-z_][A-Za-z0-9_-]*$/.test(key) ? `.${key}` : `['${key.replaceAll("'", "''")}']`;
}
