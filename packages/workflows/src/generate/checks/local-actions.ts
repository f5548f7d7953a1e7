import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { isJsonObject } from "@fanfold-internal/kit/read/json";
import { parseYaml } from "@fanfold-internal/kit/read/yaml-source";
import type { GenerateCode } from "../../base/codes.ts";
import type { Family } from "../../config/family.ts";

/** Whether the actions of the repository that a config names are there, and made of steps, as a job runs them anywhere. */
export function checkActions(
  { config: { config, place } }: Family,
  files: ReadonlyMap<string, string>,
): readonly Diagnostic<GenerateCode>[] {
  return (["before", "login"] as const).flatMap((key): readonly Diagnostic<GenerateCode>[] => {
    const uses = config.workflow?.[key];
    if (uses === undefined) return [];
    const paths = ["yml", "yaml"].map((ending) => `${uses.slice("./".length)}/action.${ending}`);
    const path = paths.find((each) => files.has(each));
    if (path === undefined) {
      return [
        {
          code: "action-missing",
          severity: "error",
          message: `${key}: the repository has no action ${uses}`,
          at: place(["workflow", key]),
          fix: `write ${paths[0]}, or correct the path`,
        },
      ];
    }
    const parsed = parseYaml(files.get(path) ?? "", path);
    if (parsed.kind === "invalid")
      return parsed.problems.map((problem) => ({ ...problem, code: "action-not-composite" }));
    const runs = isJsonObject(parsed.value.value) ? parsed.value.value["runs"] : undefined;
    if (isJsonObject(runs) && runs["using"] === "composite") return [];
    return [
      {
        code: "action-not-composite",
        severity: "error",
        message: `${key}: ${uses} is not a composite action`,
        at: { file: path },
        fix: "write runs: { using: composite, steps: […] } in it",
      },
    ];
  });
}
