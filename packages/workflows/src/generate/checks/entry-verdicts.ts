import { groupEntries } from "@fanfold/merge-matrix";
import type { Problem } from "@fanfold-internal/kit/process/errors";
import type { Json } from "@fanfold-internal/kit/read/json";
import type { MatrixEntry } from "@fanfold-internal/matrix/matrix-file";
import type { Family } from "../../config/family.ts";
import { BUILT_LIST } from "../workflows/family-facts.ts";
import { placeholders } from "../yaml/expression.ts";
import { ARTIFACT_KEY } from "./entry-keys.ts";
import { judgeRunner } from "./runner-verdict.ts";
import type { Verdict } from "./verdict.ts";

/** Entries that the generated build workflow cannot build, with their places. */
export function judgeEntries({ config, matrix }: Family): readonly Problem[] {
  const list = matrix.lists.find(({ name }) => name === BUILT_LIST);
  const workflow = config.config.workflow ?? {};
  const artifacts = new Map(
    groupEntries(list?.entries ?? []).flatMap(({ legs }) => legs.map(({ index, artifact }) => [index, artifact])),
  );
  return (list?.entries ?? []).flatMap((entry, index) =>
    [
      ...judgeTexts(entry),
      ...judgeRunner(entry),
      ...judgePlatform(entry),
      ...judgeKeys(entry),
      ...judgeArtifact(artifacts.get(index) ?? ""),
      ...judgeBuildArgs(entry, workflow),
    ].map(({ key, message, fix }) => ({
      message: `${BUILT_LIST}[${index}]: ${message}`,
      at: matrix.place(BUILT_LIST, index, key),
      fix,
    })),
  );
}

function judgeTexts(entry: MatrixEntry): readonly Verdict[] {
  const verdicts = ["dockerfile", "context", "platforms", "platform-tag"].flatMap((key): Verdict[] => {
    const value = entry[key] ?? null;
    if (value === null || typeof value === "string") return [];
    const fix =
      typeof value === "object" ? "write it as one text; several platforms are separated by commas" : "quote it";
    return [{ key, message: `${key} must be text, found ${JSON.stringify(value)}`, fix }];
  });
  return verdicts;
}

function judgePlatform({ platforms, "platform-tag": tag }: MatrixEntry): readonly Verdict[] {
  if (typeof platforms === "string" && platforms !== "") return [];
  if (typeof tag !== "string" || !tag.includes("-")) return [];
  return [
    {
      key: "platform-tag",
      message: `platform-tag ${JSON.stringify(tag)} alone does not say which platform to build`,
      fix: "add platforms: linux/arm/v7",
    },
  ];
}

/** GitHub looks keys up without regard to case (https://docs.github.com/actions/reference/workflows-and-actions/expressions). */
function judgeKeys(entry: MatrixEntry): readonly Verdict[] {
  const groups = Object.values(Object.groupBy(Object.keys(entry), (key) => key.toLowerCase()));
  return groups.flatMap((keys = []) => {
    const [first, second] = keys;
    if (first === undefined || second === undefined) return [];
    return [{ key: second, message: `"${first}" and "${second}" are one key to GitHub`, fix: "rename one of them" }];
  });
}

/** What would be a pattern where an artifact is looked for, or several paths. */
function judgeArtifact(name: string): readonly Verdict[] {
  const found = /[[\]{}()!,]/.exec(name)?.[0];
  if (found === undefined) return [];
  return [
    {
      key: "tag-suffix",
      message: `the artifact name ${JSON.stringify(name)} holds ${JSON.stringify(found)}, which has a meaning in patterns`,
      fix: "keep to letters, digits and . _ - in tag-suffix and platform-tag",
    },
  ];
}

function judgeBuildArgs(
  entry: MatrixEntry,
  {
    "build-args": buildArgs = {},
    "required-build-args": required = [],
  }: NonNullable<Family["config"]["config"]["workflow"]>,
): readonly Verdict[] {
  return Object.entries(buildArgs).flatMap(([name, template]) =>
    placeholders(template).flatMap((key): Verdict[] => {
      if (key === ARTIFACT_KEY) return [];
      const value = entry[key];
      if (isCompound(value)) {
        return [
          { key, message: `${key} becomes build argument ${name} and must be one value`, fix: "write it as text" },
        ];
      }
      if (!required.includes(name) || (value !== undefined && value !== null && value !== "")) return [];
      return [
        {
          key,
          message: `${key} is ${value === undefined ? "missing" : "empty"}, and build argument ${name} is required`,
          fix: `give it a value, or take ${name} out of workflow.required-build-args`,
        },
      ];
    }),
  );
}

function isCompound(value: Json | undefined): boolean {
  return typeof value === "object" && value !== null;
}
