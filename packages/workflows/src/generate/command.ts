import { isatty } from "node:tty";
import { requestComparison } from "@fanfold/changed-backends";
import { openCheckout } from "@fanfold/changed-backends/internal";
import { report } from "@fanfold-internal/kit/process/annotation";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import type { Host } from "@fanfold-internal/kit/process/host";
import { printable } from "@fanfold-internal/kit/text/printable";
import { distinct } from "../base/distinct.ts";
import { WorkflowsError } from "../base/error.ts";
import { renderBudgets } from "./budget.ts";
import { type Drift, findDrift } from "./files/drift.ts";
import { readProject } from "./files/project-files.ts";
import { driftDiff, driftFindings } from "./files/render-drift.ts";
import { writeFiles } from "./files/write-files.ts";
import { generate } from "./generation.ts";
import { readClone } from "./repository/clone.ts";
import { checkRepository } from "./repository/repository-checks.ts";

export interface GenerateFlags {
  readonly config?: string | undefined;
  readonly check?: boolean | undefined;
}

/** `fanfold generate`: from configs and matrices to workflow files, all or none; `--check` only compares. */
export async function runGenerate(flags: GenerateFlags, host: Host): Promise<void> {
  const checkout = await openCheckout(host.cwd, host);
  const root = checkout?.root ?? host.cwd;
  // What is compared does not matter: the event and the clone know the default branch.
  const { event } = await requestComparison({ forceAll: true }, host);
  const project = await readProject(root, host, { config: flags.config, event });
  const generation = generate(project);
  const problems = [...generation.findings.filter(isError), ...generation.foreign];
  const clone = checkout === undefined ? undefined : await readClone(checkout, project.families);
  const inRepository = project.families.flatMap((family) => checkRepository(family, clone));
  const others = [...generation.findings, ...inRepository].filter((finding) => !isError(finding));
  for (const finding of distinct(others)) report(host, finding);
  if (problems.length > 0) {
    // Beside an error that is of no limit, a table of limits would only be in its way.
    if (generation.budgets.some(({ used, limit }) => used > limit)) host.stdout(renderBudgets(generation.budgets));
    if (flags.check !== true) host.stdout("nothing is written\n");
    throw new WorkflowsError({
      code: "not-generable",
      message: "no workflows can be made from this",
      problems,
    });
  }
  const drifts = findDrift(generation, project.files);
  if (flags.check === true) {
    const colours = host.terminal && isatty(1);
    for (const drift of drifts) host.stdout(driftDiff(drift, colours));
  } else {
    writeFiles(
      root,
      drifts.map((drift) =>
        drift.kind === "stale"
          ? { path: drift.path, text: undefined }
          : { path: drift.file.path, text: drift.file.text },
      ),
    );
    for (const drift of drifts) host.stdout(`${done(drift)}\n`);
  }
  const same = generation.files.length - drifts.filter(({ kind }) => kind !== "stale").length;
  host.stdout(`${same} of ${generation.files.length} files were up to date\n${renderBudgets(generation.budgets)}`);
  if (flags.check === true && drifts.length > 0) {
    throw new WorkflowsError({
      code: "drift",
      message: "generated files are not what their configs make",
      problems: drifts.flatMap(driftFindings),
    });
  }
}

function isError({ severity }: Diagnostic): boolean {
  return severity === "error";
}

function done(drift: Drift): string {
  switch (drift.kind) {
    case "missing":
      return `wrote    ${printable(drift.file.path)}`;
    case "different":
      return `updated  ${printable(drift.file.path)}`;
    case "stale":
      return `removed  ${printable(drift.path)}`;
  }
}
