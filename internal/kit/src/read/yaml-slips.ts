import type { Diagnostic } from "../process/diagnostic.ts";
import type { YamlSource } from "./yaml-source.ts";

/** What a file of data says otherwise than it was meant, although it can be read. */
export const SLIP_CODES = {
  "key-without-value":
    "A key in braces has no value: in `{ platforms: linux/amd64,linux/arm64 }` the comma ends the value, and `linux/arm64` is a key.",
  "altered-number": "An unquoted number is read as another text than it was written: `1.10` is 1.1.",
} as const;

export type SlipCode = keyof typeof SLIP_CODES;

/** Keys in braces without a value, which are the rest of a value with a comma in it. */
export function emptyKeyProblems({ emptyKeys }: YamlSource): readonly Diagnostic<SlipCode>[] {
  return emptyKeys.map(({ place, key }) => ({
    code: "key-without-value",
    severity: "error",
    message: `the key ${JSON.stringify(key)} has no value: in braces, a comma ends the value before it`,
    at: place,
    fix: 'quote a value that holds a comma ("linux/amd64,linux/arm64"), or write null for a key that is empty',
  }));
}

export function numberWarnings({ alteredNumbers }: YamlSource): readonly Diagnostic<SlipCode>[] {
  return alteredNumbers.map(({ place, written, read }) => ({
    code: "altered-number",
    severity: "warning",
    message: `unquoted ${written} is read as the number ${read}`,
    at: place,
    fix: `quote it to keep it as written: "${written}"`,
  }));
}
