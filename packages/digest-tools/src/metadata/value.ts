import type { MetadataEvent } from "./event.ts";
import { DESCRIBED_NAMES, describedValue, expressionProblem } from "./expressions.ts";
import { bindKeys, evaluatePlain, parseTemplate, type Template } from "./template.ts";

/** A text of a config that is not about tags, such as a build argument, read. */
export type ParsedValue =
  | { readonly kind: "ok"; readonly value: Template }
  | { readonly kind: "invalid"; readonly reason: string };

/** Reads a text with `{key}` placeholders, the global expressions and `{{version}}`. */
export function parseValue(text: string): ParsedValue {
  const parsed = parseTemplate(text);
  if (parsed.kind === "invalid") return parsed;
  const reason = expressionProblem(parsed.template, DESCRIBED_NAMES);
  return reason === undefined ? { kind: "ok", value: parsed.template } : { kind: "invalid", reason };
}

/**
 * The text for one entry, with nothing escaped: it is no part of a tag. Undefined when it uses a key that the entry lacks
 * or has empty.
 *
 * @throws UnusableValue where it needs the commit's time and nobody knows that
 */
export function evaluateValue(
  value: Template,
  event: MetadataEvent,
  { version, lookUp }: { readonly version: string | undefined; readonly lookUp: (key: string) => string | undefined },
): string | undefined {
  const bound = bindKeys(value, lookUp);
  return bound === undefined
    ? undefined
    : evaluatePlain(bound, (expression) => describedValue(event, version, expression));
}
