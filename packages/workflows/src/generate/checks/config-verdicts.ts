import { parseBytes } from "@fanfold/disk-setup";
import { isFanfoldError, type Problem } from "@fanfold-internal/kit/process/errors";
import { didYouMean } from "@fanfold-internal/kit/read/nearest";
import type { PathStep } from "@fanfold-internal/kit/read/yaml-source";
import type { WorkflowConfig } from "../../config/config.ts";
import type { Family } from "../../config/family.ts";
import { imageProblems, repositoryProblems } from "../../config/images.ts";
import { BUILT_LIST, type CalledList } from "../workflows/family-facts.ts";
import { OWN_ACTOR, OWN_TOKEN } from "../workflows/steps.ts";
import { holdsExpression } from "../yaml/expression.ts";
import type { Complaint } from "./complaint.ts";
import { keysOf } from "./entry-keys.ts";
import { judgeLists } from "./list-verdicts.ts";
import { judgeTemplate } from "./template-verdicts.ts";
import { judgeTriggers } from "./trigger-verdicts.ts";

/** What a config says that no workflow can be made from, with its places. */
export function judgeConfig(family: Family, called: readonly CalledList[]): readonly Problem[] {
  const { config } = family.config;
  const workflow = config.workflow ?? {};
  const complaints = [
    ...judgeTexts(config),
    ...judgeTriggers(workflow),
    ...judgeCache(workflow),
    ...judgeSizes(workflow),
    ...judgeRegistries(workflow),
    ...judgeBuildArgs(family, workflow),
    ...judgeLists(family, called),
  ];
  return [
    ...judgeImages(family),
    ...complaints.map(({ path, ...problem }) => ({ ...problem, at: family.config.place(path) })),
  ];
}

function judgeImages({ config }: Family): readonly Problem[] {
  if ((config.config.images ?? []).length > 0) return imageProblems(config);
  const message = "images is missing: where to publish";
  return [{ message, at: config.place([]), fix: "add images: [quay.io/example/backends]" }];
}

function judgeRepository(name: string, path: readonly PathStep[]): readonly Complaint[] {
  return repositoryProblems(name).map((problem) => ({ path, ...problem }));
}

/** No value of a config is an expression: GitHub would evaluate some of them and refuse others. */
function judgeTexts({ images = [], workflow = {}, matrix = "" }: Family["config"]["config"]): readonly Complaint[] {
  const { branches = [], tags = [], cron = "", cache, registries = [] } = workflow;
  const texts: readonly (readonly [string, readonly PathStep[]])[] = [
    [matrix, ["matrix"]],
    ...images.map((text, index) => [text, ["images", index]] as const),
    ...branches.map((text, index) => [text, ["workflow", "branches", index]] as const),
    ...tags.map((text, index) => [text, ["workflow", "tags", index]] as const),
    [cron, ["workflow", "cron"]],
    [cache?.ref ?? "", ["workflow", "cache", "ref"]],
    ...registries.map(({ host }, index) => [host, ["workflow", "registries", index, "host"]] as const),
  ];
  return texts.flatMap(([text, path]) =>
    holdsExpression(text)
      ? [{ path, message: `${JSON.stringify(text)} holds an expression`, fix: "write out what it stands for" }]
      : [],
  );
}

function judgeCache({ cache }: WorkflowConfig): readonly Complaint[] {
  return cache === undefined ? [] : judgeRepository(cache.ref, ["workflow", "cache", "ref"]);
}

function judgeSizes({ "need-disk": need }: WorkflowConfig): readonly Complaint[] {
  if (need === undefined) return [];
  try {
    parseBytes(need);
    return [];
  } catch (error) {
    if (!isFanfoldError(error)) throw error;
    return error.problems.map(({ message, fix }) => ({ path: ["workflow", "need-disk"], message, fix }));
  }
}

function judgeRegistries({ registries = [] }: WorkflowConfig): readonly Complaint[] {
  return registries.flatMap(({ host, username, password }, index) => {
    const at = ["workflow", "registries", index] as const;
    const own = (key: "username" | "password", name: string, allowed: string): readonly Complaint[] =>
      !name.toUpperCase().startsWith("GITHUB_") || name === allowed
        ? []
        : [
            {
              path: [...at, key],
              message: `${name} is no secret: GitHub keeps names that begin with GITHUB_`,
              fix: `name a secret of the repository, or ${allowed} for what the job has itself`,
            },
          ];
    return [
      ...judgeRepository(`${host}/x`, [...at, "host"]),
      ...own("username", username, OWN_ACTOR),
      ...own("password", password, OWN_TOKEN),
    ];
  });
}

function judgeBuildArgs(family: Family, workflow: WorkflowConfig): readonly Complaint[] {
  const { "build-args": buildArgs = {}, "required-build-args": required = [] } = workflow;
  const known = keysOf(family, BUILT_LIST);
  return [
    ...Object.entries(buildArgs).flatMap(([name, template]) =>
      judgeTemplate(template, known, ["workflow", "build-args", name]),
    ),
    ...required.flatMap((name, index) =>
      name in buildArgs
        ? []
        : [
            {
              path: ["workflow", "required-build-args", index],
              message: `there is no build argument ${name}${didYouMean(name, Object.keys(buildArgs))}`,
              fix: "name one of workflow.build-args",
            },
          ],
    ),
  ];
}
