import {
  asWritten,
  type BuildQuestion,
  buildQuestion,
  findPath,
  ignoreRules,
  isElsewhere,
} from "@fanfold/changed-backends/internal";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { fewNames } from "@fanfold-internal/kit/text/words";
import type { CheckCode } from "../../base/codes.ts";
import type { Family } from "../../config/family.ts";
import { BUILT_LIST } from "../../config/lists.ts";
import type { Clone } from "./clone.ts";

/** What an entry reads of the repository under one of its keys. */
interface Read {
  readonly index: number;
  readonly key: "dockerfile" | "context" | "contexts";
  /** As it is written. */
  readonly value: string;
  /** Tracked paths that a build gets from there; of a folder those that the ignore file leaves. */
  readonly holds: (path: string) => boolean;
}

/** Content that the checkout of the generated workflow does not have: submodules and Git LFS files in what entries read. */
export function checkPointers(family: Family, clone: Clone): readonly Diagnostic<CheckCode>[] {
  const { matrix, config } = family;
  const checkout = config.config.workflow?.checkout ?? {};
  const kinds = [
    {
      code: "submodule-in-context",
      paths: (checkout.submodules ?? false) === false ? clone.submodules : [],
      is: "is a submodule, which the generated workflow does not check out",
      option: "submodules: true",
    },
    {
      code: "lfs-in-context",
      paths: checkout.lfs === true ? [] : clone.lfsFiles,
      is: "is in Git LFS, of which the generated workflow checks out the pointer alone",
      option: "lfs: true",
    },
  ] as const;
  if (kinds.every(({ paths }) => paths.length === 0)) return [];
  const reads = readsOf(family, clone);
  return kinds.flatMap(({ code, paths, is, option }) => {
    const found = reads.flatMap((read) => {
      const held = paths.filter(read.holds);
      return held.length === 0 ? [] : [{ ...read, held }];
    });
    const same = Map.groupBy(found, ({ key, value, held }) => JSON.stringify([key, value, held]));
    return [...same.values()].flatMap(([first, ...others]): readonly Diagnostic<CheckCode>[] => {
      if (first === undefined) return [];
      const also = others.length === 0 ? "" : ` (of ${others.length + 1} entries)`;
      const where = first.key === "dockerfile" ? "that the Dockerfile is read from" : "in the context";
      return [
        {
          code,
          severity: "warning",
          message: `${first.key} ${JSON.stringify(first.value)}${also}: ${fewNames(first.held)} ${where} ${is}`,
          at: matrix.place(BUILT_LIST, first.index, first.key),
          fix: `set workflow.checkout: { ${option} }, or keep them out of the build: move the context, or list them in .dockerignore`,
        },
      ];
    });
  });
}

/** Other lists are built by workflows that somebody wrote, with a checkout of their own. */
function readsOf({ matrix, ground }: Family, { tree }: Clone): readonly Read[] {
  const { buildOf = asWritten } = ground;
  const entries = matrix.lists.find(({ name }) => name === BUILT_LIST)?.entries ?? [];
  return entries.flatMap((entry, index): readonly Read[] => {
    const question = buildQuestion(entry, BUILT_LIST, buildOf);
    if (question === undefined) return [];
    const { dockerfile, context, contexts } = question;
    const read = (key: Read["key"], value: string): readonly Read[] => {
      const holds = heldBy(key, value, question, tree);
      return holds === undefined ? [] : [{ index, key, value: value === "" ? "." : value, holds }];
    };
    return [
      ...read("dockerfile", dockerfile),
      ...read("context", context),
      ...[...contexts.values()].flatMap((named) => read("contexts", named)),
    ];
  });
}

/** Undefined: nothing of the repository lies there, as far as is known. */
function heldBy(
  key: Read["key"],
  value: string,
  question: BuildQuestion,
  tree: Clone["tree"],
): Read["holds"] | undefined {
  const found = isElsewhere(value) ? undefined : findPath(value, tree);
  if (found === undefined) return undefined;
  const { path, kind } = found;
  if (kind !== "folder") return (each) => each === path;
  // That of the main context says nothing of named ones.
  const ignore = key === "context" ? ignoreRules(tree, question, path) : undefined;
  const below = path === "" ? "" : `${path}/`;
  return (each) => each.startsWith(below) && ignore?.takesAway(each.slice(below.length)) !== true;
}
