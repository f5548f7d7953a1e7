import { type PlannedEvent, requestComparison } from "@fanfold/changed-backends";
import { type Checkout, openCheckout } from "@fanfold/changed-backends/internal";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import type { Host } from "@fanfold-internal/kit/process/host";
import { WorkflowsError } from "../base/error.ts";
import { type Family, type FileFlags, familyPaths, readFamily } from "../config/family.ts";
import { graphsHere, workflowFiles } from "../generate/files/project-files.ts";
import { generate } from "../generate/generation.ts";
import type { Plan } from "../plan/plan.ts";
import { type PlannedFamily, type PlanOptions, planFamily } from "../plan/plan-family.ts";
import { type RehearsedEvent, rehearsedEvent } from "./event.ts";

export interface EventFlags extends FileFlags {
  readonly event: RehearsedEvent;
  readonly base?: string | undefined;
  readonly only?: readonly string[] | undefined;
}

/** A plan of the local repository, as a runner would make it of the event. */
export interface PlannedRehearsal {
  readonly plan: Plan;
  readonly family: Family;
  readonly warnings: readonly Diagnostic[];
  readonly checkout: Checkout;
  /** What stands where images are published, by image ids; undefined: nobody asked. */
  readonly states?: PlannedFamily["states"];
}

/** Where images are published, and how what stands there is asked. */
export type PlannedPlaces = Required<Pick<PlanOptions, "rehearsed" | "reuse">>;

/** The plan job. @throws WorkflowsError, ChangedBackendsError as `fanfold plan` does; `no-repository`, `not-generable` */
export async function planRehearsal(flags: EventFlags, places: PlannedPlaces, host: Host): Promise<PlannedRehearsal> {
  // Where the rehearsal itself runs in Actions, event and run are not those that are rehearsed.
  const own = { GITHUB_EVENT_NAME: undefined, GITHUB_EVENT_PATH: undefined, GITHUB_RUN_ID: undefined };
  const local = { ...host, env: { ...host.env, ...own } };
  const checkout = await openCheckout(host.cwd, local);
  if (checkout === undefined) {
    throw new WorkflowsError({
      code: "no-repository",
      message: `git finds no repository in ${host.cwd}`,
      fix: "rehearse in a clone of the repository",
    });
  }
  const { event: kind, only } = flags;
  const base = kind === "pull_request" ? await forkPoint(checkout, flags.base) : flags.base;
  const asked = await requestComparison({ base, only, forceAll: kind === "tag" && only === undefined }, local);
  const sha = (await checkout.resolve("HEAD")) ?? null;
  const tags = kind === "tag" ? await checkout.tagsAtHead() : [];
  const event = rehearsedEvent(kind, {
    branch: (await checkout.headRef()) ?? null,
    sha,
    tags,
    defaultBranch: asked.event.defaultBranch,
  });
  const forced = asked.comparison.kind === "everything" && asked.comparison.reason === "forced";
  const request =
    kind === "tag" && forced ? { ...asked, comparison: { kind: "everything", reason: "tag" } as const } : asked;

  const family = await readFamily(request, familyPaths(request.root, host.cwd, flags), host);
  const { plan, warnings, states } = await planFamily({ ...request, event }, family, { env: local.env, ...places });
  await refuseNotGenerated(family, checkout.root, event);
  return { plan, family, warnings, checkout, states };
}

/** Where a pull request of this commit begins: it is compared from the merge base. */
async function forkPoint(checkout: Checkout, base: string | undefined): Promise<string | undefined> {
  const [target, head] = [
    base === undefined ? undefined : await checkout.resolve(base),
    await checkout.resolve("HEAD"),
  ];
  if (target === undefined || head === undefined) return base;
  return (await checkout.mergeBases(target, head))?.[0] ?? base;
}

/** Where to publish a rehearsal may be told, and which branch it is about it knows. */
const NOT_NEEDED: readonly string[] = ["no-images", "no-branches"];

/** What CI would never build, because no workflow can be generated for it. */
async function refuseNotGenerated(family: Family, root: string, event: PlannedEvent): Promise<void> {
  const families = [family];
  const graphs = await graphsHere(root, families, event);
  const { findings } = generate({ families, graphs, complete: false, files: workflowFiles(root, families) });
  const problems = findings.filter(({ severity, code }) => severity === "error" && !NOT_NEEDED.includes(code ?? ""));
  if (problems.length === 0) return;
  throw new WorkflowsError({ code: "not-generable", message: "no workflow can be generated to rehearse", problems });
}
