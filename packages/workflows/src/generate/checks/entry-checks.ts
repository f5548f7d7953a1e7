import { groupEntries } from "@fanfold/merge-matrix";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import type { MatrixEntry } from "@fanfold-internal/matrix/matrix-file";
import { platformTexts } from "@fanfold-internal/matrix/platform";
import type { GenerateCode } from "../../base/codes.ts";
import type { Family } from "../../config/family.ts";
import { BUILT_LIST } from "../../config/lists.ts";
import { runnerFault } from "./runner.ts";

/** What is wrong with one key of an entry; its place and number are added for all of them together. */
interface KeyFinding {
  readonly code: GenerateCode;
  readonly key: string;
  readonly message: string;
  readonly fix: string;
}

/** Entries that the generated build workflow cannot build. */
export function checkEntries({ matrix, identity }: Family): readonly Diagnostic<GenerateCode>[] {
  const entries = matrix.lists.find(({ name }) => name === BUILT_LIST)?.entries ?? [];
  const artifacts = new Map(
    groupEntries(entries, identity.identify).flatMap(({ legs }) =>
      legs.map(({ index, artifact }) => [index, artifact]),
    ),
  );
  return entries.flatMap((entry, index) =>
    [
      ...checkTexts(entry),
      ...checkRunner(entry),
      ...checkPullRequests(entry),
      ...checkPlatform(entry),
      ...checkKeys(entry),
      ...checkArtifact(artifacts.get(index) ?? ""),
    ].map(
      ({ code, key, message, fix }): Diagnostic<GenerateCode> => ({
        code,
        severity: "error",
        message: `${BUILT_LIST}[${index}]: ${message}`,
        at: matrix.place(BUILT_LIST, index, key),
        fix,
      }),
    ),
  );
}

function checkTexts(entry: MatrixEntry): readonly KeyFinding[] {
  return ["dockerfile", "context", "platforms", "platform-tag"].flatMap((key): readonly KeyFinding[] => {
    const value = entry[key] ?? null;
    if (value === null || typeof value === "string") return [];
    const list = key === "platforms" && Array.isArray(value);
    if (list && value.every((item) => typeof item === "string")) return [];
    const message = `${key} must be text${list ? " or a list of texts" : ""}, found ${JSON.stringify(value)}`;
    const fix = typeof value === "object" ? "write it as one text" : "quote it";
    return [{ code: "entry-value-not-text", key, message, fix }];
  });
}

function checkRunner(entry: MatrixEntry): readonly KeyFinding[] {
  const fault = runnerFault(entry["runs-on"] ?? null);
  return fault === undefined ? [] : [{ code: "bad-runner", key: "runs-on", ...fault }];
}

function checkPullRequests({ "pull-requests": value = null }: MatrixEntry): readonly KeyFinding[] {
  if (value === null || value === "" || value === "build") return [];
  return [
    {
      code: "bad-pull-requests",
      key: "pull-requests",
      message: `pull-requests must be build, found ${JSON.stringify(value)}`,
      fix: "write build, or leave it out: what needs a secret is then left out of pull requests",
    },
  ];
}

function checkPlatform({ platforms, "platform-tag": tag }: MatrixEntry): readonly KeyFinding[] {
  if (platformTexts(platforms) !== undefined) return [];
  if (typeof tag !== "string" || !tag.includes("-")) return [];
  return [
    {
      code: "platform-unknown",
      key: "platform-tag",
      message: `platform-tag ${JSON.stringify(tag)} alone does not say which platform to build`,
      fix: "add platforms: linux/arm/v7",
    },
  ];
}

/** GitHub looks keys up without regard to case (https://docs.github.com/actions/reference/workflows-and-actions/expressions). */
function checkKeys(entry: MatrixEntry): readonly KeyFinding[] {
  const groups = Object.values(Object.groupBy(Object.keys(entry), (key) => key.toLowerCase()));
  return groups.flatMap((keys = []): readonly KeyFinding[] => {
    const [first, second] = keys;
    if (first === undefined || second === undefined) return [];
    const message = `"${first}" and "${second}" are one key to GitHub`;
    return [{ code: "keys-differ-in-case", key: second, message, fix: "rename one of them" }];
  });
}

/** What would be a pattern where an artifact is looked for, or several paths. */
function checkArtifact(name: string): readonly KeyFinding[] {
  const found = /[[\]{}()!,]/.exec(name)?.[0];
  if (found === undefined) return [];
  return [
    {
      code: "pattern-in-artifact-name",
      key: "tag-suffix",
      message: `the artifact name ${JSON.stringify(name)} holds ${JSON.stringify(found)}, which has a meaning in patterns`,
      fix: "keep to letters, digits and . _ - in tag-suffix and platform-tag",
    },
  ];
}
