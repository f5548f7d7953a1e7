import { apiAccess, openGitHub } from "@fanfold/changed-backends/internal";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import type { Host } from "@fanfold-internal/kit/process/host";
import { StatusLine } from "@fanfold-internal/kit/process/status-line";
import { UsageError } from "@fanfold-internal/kit/process/usage-error";
import { printable } from "@fanfold-internal/kit/text/printable";
import { fewNames } from "@fanfold-internal/kit/text/words";
import { WorkflowsError } from "../base/error.ts";
import { type Durations, legSeconds, unusedKeys } from "./durations/durations.ts";
import { readDurations } from "./durations/durations-file.ts";
import type { ModelFamily, Pace } from "./push-costs.ts";

export interface PaceFlags {
  /** A file, or `github`. */
  readonly durations?: string | undefined;
  readonly jobs?: string | undefined;
}

/** What was asked of a simulation, as far as it is known without a matrix. */
export interface AskedPace {
  readonly cap: number;
  readonly durations: Durations | "github";
}

/** https://docs.github.com/actions/reference/limits: of a free account. */
const DEFAULT_CAP = 20;

/**
 * Undefined: nobody asked.
 *
 * @throws UsageError; InputError and WorkflowsError `unreadable-input` for a file that cannot be read, and for `github` without a token
 */
export function askedPace(
  { durations, jobs }: PaceFlags,
  host: Pick<Host, "cwd" | "stdin" | "env">,
): AskedPace | undefined {
  if (durations === undefined) {
    if (jobs === undefined) return undefined;
    throw new UsageError(
      "--jobs needs --durations: how many jobs run at a time matters where it is known how long they take",
    );
  }
  const cap = jobs === undefined ? DEFAULT_CAP : capOf(jobs);
  if (durations !== "github") return { cap, durations: readDurations(host, durations) };
  if (host.env["GITHUB_TOKEN"]) return { cap, durations };
  throw new WorkflowsError({
    code: "unreadable-input",
    message: "--durations github asks GitHub's API how long jobs took, and there is no GITHUB_TOKEN",
    fix: "set GITHUB_TOKEN to a token with the permission actions: read, or name a file: --durations durations.yml",
  });
}

function capOf(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new UsageError(`--jobs must be a whole number from 1 to 999999, found ${JSON.stringify(text)}`);
}

/** What the durations are held against. */
export interface PaceGround {
  readonly family: ModelFamily;
  /** The file of its generated workflow. */
  readonly workflow: string;
  /** `owner/name`, where it is known. */
  readonly repository: string | undefined;
}

/**
 * What simulations need, and what is odd about it.
 *
 * @throws WorkflowsError `not-found` when the durations are of no entry at all, `unreadable-input` when GitHub does not say
 */
export async function paceFor(
  { cap, durations: asked }: AskedPace,
  ground: PaceGround,
  host: Host,
): Promise<{ readonly pace: Pace; readonly findings: readonly Diagnostic[] }> {
  const { legs } = ground.family;
  const durations = asked === "github" ? await fromGitHub(ground, host) : asked;
  const unused = unusedKeys(durations, legs);
  const named = legs.length - legSeconds(durations, legs).unnamed.length;
  const few = fewNames(unused.map((key) => JSON.stringify(key)));
  const fix = "call entries by artifact name, image and platform, or image, as fanfold plan --json has them";
  if (durations.build === null && named === 0 && legs.length > 0) {
    const message = `none of its builds is an entry of the matrix: ${few}`;
    throw new WorkflowsError({ code: "not-found", message, at: { file: durations.source }, fix });
  }
  if (unused.length === 0) return { pace: { cap, durations }, findings: [] };
  const finding: Diagnostic = {
    code: "durations-unused",
    severity: "warning",
    message: `no entry of the matrix is called ${few}`,
    at: { file: durations.source },
    fix,
  };
  return { pace: { cap, durations }, findings: [finding] };
}

async function fromGitHub({ family, workflow, repository }: PaceGround, host: Host): Promise<Durations> {
  const [owner, repo] = (host.env["GITHUB_REPOSITORY"] || repository || "").split("/");
  if (!owner || !repo) {
    throw new WorkflowsError({
      code: "unreadable-input",
      message: "--durations github: the clone's origin is no repository on GitHub",
      fix: "set GITHUB_REPOSITORY to owner/name",
    });
  }
  const onWait = (message: string): void => host.stderr(`${printable(message)}\n`);
  const github = openGitHub({ ...apiAccess(host), owner, repo, onWait });
  const status = new StatusLine(host);
  const onProgress = (runs: number): void => status.show(`jobs of ${runs} runs read`);
  // Loaded only here: most durations are in a file.
  const { githubDurations } = await import("./durations/github-durations.ts");
  try {
    return await githubDurations(github, { workflow, legs: family.legs, onProgress });
  } finally {
    status.clear();
  }
}
