import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { didYouMean } from "@fanfold-internal/kit/read/nearest";
import { parseTemplate, templateKeys } from "@fanfold-internal/matrix/template";
import type { GenerateCode } from "../../base/codes.ts";
import type { Family } from "../../config/family.ts";
import { ARTIFACT_KEY } from "../../config/lists.ts";

/** Keys that the entries of a list have when a job gets them; none where the list is empty. */
export function keysOf({ matrix }: Family, list: string): ReadonlySet<string> {
  const keys = new Set(matrix.lists.find(({ name }) => name === list)?.entries.flatMap(Object.keys));
  if (keys.size === 0) return keys;
  // Read by the plan, and not handed on.
  keys.delete("paths");
  return keys.add(ARTIFACT_KEY);
}

/** A text of the config with `{key}` placeholders; `known` are the keys of the entries that fill it. */
export function checkTemplate(
  text: string,
  known: ReadonlySet<string>,
  at: Diagnostic["at"],
): readonly Diagnostic<GenerateCode>[] {
  const template = parseTemplate(text);
  const broken = template.broken.map(
    (found): Diagnostic<GenerateCode> => ({
      code: "broken-placeholder",
      severity: "error",
      message: `${found.text} is not a placeholder, and would be passed on as it stands`,
      at,
      fix: "a key in a placeholder begins with a letter or _, and goes on with letters, digits, _ and -: {base-image}; rename the key, or leave the braces out",
    }),
  );
  // An empty list has no keys, so nothing can be said to be wrong.
  if (known.size === 0) return broken;
  const unknown = templateKeys(template)
    .filter((key) => !known.has(key))
    .map(
      (key): Diagnostic<GenerateCode> => ({
        code: "unknown-template-key",
        severity: "error",
        message: `no entry has the key ${key}${didYouMean(key, known)}`,
        at,
        fix: "correct the key, or leave the text out: no entry would ever fill it",
      }),
    );
  return [...broken, ...unknown];
}
