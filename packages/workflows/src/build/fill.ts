import { evaluateValue, type MetadataEvent, parseValue } from "@fanfold/digest-tools/planning";
import { isJsonObject, type Json } from "@fanfold-internal/kit/read/json";
import { isEmpty, isScalar } from "./forms.ts";

/** What the texts of `build` are filled in with. */
export interface Filling {
  readonly event: MetadataEvent;
  /** What `{{version}}` stands for; undefined where the image gets no tag. */
  readonly version: string | undefined;
  /** The entry's value of `{key}`; undefined: it has none. */
  readonly lookUp: (key: string) => string | undefined;
}

/**
 * A value with its texts filled in. Undefined: nothing is left of it, because a placeholder has no value. An item of a list
 * or a mapping goes alone.
 * @throws UnusableValue where it needs what nobody knows
 */
export function filledIn(value: Json | undefined, filling: Filling): Json | undefined {
  if (isEmpty(value)) return undefined;
  if (typeof value === "string") return filledText(value, filling);
  if (Array.isArray(value)) return value.flatMap((item: Json) => filledItem(item, filling) ?? []);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, item]): [string, Json][] => {
      const filled = filledIn(item, filling);
      return filled === undefined ? [] : [[name, filled]];
    }),
  );
}

/** An item of a list, `{ id: npm, env: "{variable}" }`, means nothing without one of its parts. */
function filledItem(item: Json, filling: Filling): Json | undefined {
  const filled = filledIn(item, filling);
  if (!isJsonObject(item) || !isJsonObject(filled)) return filled;
  return Object.keys(filled).length === Object.keys(item).length ? filled : undefined;
}

function filledText(text: string, { event, ...values }: Filling): string | undefined {
  const parsed = parseValue(text);
  // What cannot be read was refused with its place when the config was checked.
  const filled = parsed.kind === "invalid" ? text : evaluateValue(parsed.value, event, values);
  return filled === "" ? undefined : filled;
}

/** The text of a value that is one. */
export function scalarText(value: Json | undefined): string | undefined {
  return isScalar(value) ? String(value) : undefined;
}
