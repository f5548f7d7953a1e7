import { didYouMean } from "@fanfold-internal/kit/read/nearest";
import type { PathStep } from "@fanfold-internal/kit/read/yaml-source";
import { brokenPlaceholders, placeholders } from "../yaml/expression.ts";
import type { Complaint } from "./complaint.ts";

/** A text of the config with `{key}` placeholders; `known` are the keys of the entries that fill it. */
export function judgeTemplate(
  template: string,
  known: ReadonlySet<string>,
  path: readonly PathStep[],
): readonly Complaint[] {
  const broken = brokenPlaceholders(template).map((text) => ({
    path,
    message: `${text} is no placeholder, and would be handed on as it stands`,
    fix: "a key in a placeholder begins with a letter or _, and goes on with letters, digits, _ and -: {base-image}; rename the key, or leave the braces out",
  }));
  // An empty list knows no key, and proves none wrong.
  if (known.size === 0) return broken;
  const unknown = placeholders(template).flatMap((key) =>
    known.has(key)
      ? []
      : [
          {
            path,
            message: `no entry has the key ${key}${didYouMean(key, known)}`,
            fix: "an argument that no entry sets is a slip; correct the key, or leave the argument out",
          },
        ],
  );
  return [...broken, ...unknown];
}
