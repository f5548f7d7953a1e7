import { entryRules, type InputRule, matchRules } from "@fanfold/changed-backends/internal";
import { entryRefs } from "@fanfold-internal/matrix/find-image";
import { standingOn } from "../bases/graph-view.ts";
import type { Family } from "../config/family.ts";
import type { ExplainedFamily } from "./entries.ts";
import { type PathExplanation, RuleViews, rulePlace, saidOf, texts } from "./explanation.ts";

type Patterns = InputRule["paths"];

/** What a change of one file selects, by which rules, or what takes it away. `path` starts at the repository's root. */
export function explainPath(
  path: string,
  tracked: boolean | null,
  { family, graph, inferred }: Omit<ExplainedFamily, "published" | "builds" | "contents">,
): PathExplanation {
  const { ground } = family;
  const [selects, leftOut] = [new RuleViews(family), new RuleViews(family)];
  // What ignore takes away still counts where a Dockerfile names it.
  const taking = ignoredBy(path, family);
  let named = false;
  for (const ref of entryRefs(family.matrix.lists)) {
    const { rules } = entryRules(ref.entry, ref.list, { inputs: ground.inputs, inferred });
    for (const { id, paths, except, ...said } of rules) {
      const [matched, taken] = [texts(matching(paths, path)), texts(matching(except, path))];
      if (matched.length === 0 && taken.length === 0) continue;
      if (taking.length > 0 && said.named !== true) continue;
      named ||= said.named === true;
      const views = taken.length === 0 ? selects : leftOut;
      views.add(ref, { rule: id, ...saidOf(said), at: rulePlace(id, ref, family), paths: matched, except: taken });
    }
    if (ground.workflow?.path === path && ground.workflow.lists.includes(ref.list)) {
      selects.add(ref, { rule: "workflow", at: null, paths: [path], except: [] });
    }
  }
  const met = selects.all().flatMap(({ entries }) => entries.map(({ image }) => image));
  const dependents = standingOn(met, graph);
  const found = { selects: selects.all(), dependents, leftOut: leftOut.all(), ignoredBy: named ? [] : taking };
  const role = (ground.matrixSource?.paths ?? [ground.matrixPath]).includes(path)
    ? "matrix"
    : path === ground.config?.path
      ? "config"
      : "file";
  const outcome = outcomeOf(found, role);
  const { unmatched } = ground.inputs;
  return { schema: "fanfold.explain/1", kind: "path", path, tracked, role, outcome, ...found, unmatched };
}

function ignoredBy(path: string, { config, ground }: Family): PathExplanation["ignoredBy"] {
  return texts(matching(ground.inputs.ignore, path)).map((glob) => {
    const index = config.config.ignore?.indexOf(glob) ?? -1;
    return { glob, at: config.place(index === -1 ? ["ignore"] : ["ignore", index]) };
  });
}

function outcomeOf(
  { selects, leftOut, ignoredBy }: Pick<PathExplanation, "selects" | "leftOut" | "ignoredBy">,
  role: PathExplanation["role"],
): PathExplanation["outcome"] {
  if (ignoredBy.length > 0) return role === "file" ? "ignored" : "by-value";
  if (selects.length > 0) return "selects";
  if (role !== "file") return "by-value";
  return leftOut.length > 0 ? "left-out" : "unmentioned";
}

/** Those of the patterns that match the path, as the selection would find them. */
function matching(patterns: Patterns, path: string): Patterns {
  const alone = patterns.map((pattern) => ({ id: "", paths: [pattern], except: [] }));
  return matchRules([alone], [], [path]).hits.flatMap(({ rule }) => patterns[rule] ?? []);
}
