import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { type ActionsEvent, readActionsEvent } from "@fanfold-internal/edge/actions-event";
import { UsageError } from "@fanfold-internal/edge/command";
import type { Problem } from "@fanfold-internal/edge/fanfold-error";
import type { Host } from "@fanfold-internal/edge/host";
import { isJsonObject, type JsonObject } from "@fanfold-internal/edge/json";
import { ChangedBackendsError } from "./changed-backends-error.ts";
import { type Checkout, openCheckout } from "./checkout.ts";
import { type Comparison, comparisonOf } from "./comparison.ts";
import type { DiffSources } from "./diff-ladder.ts";
import type { RemoteAccess } from "./git-diff.ts";
import { openGitHub } from "./github-diff.ts";

/** What a command line says about what to compare. */
export interface ChangeFlags {
  readonly eventName?: string | undefined;
  readonly eventPath?: string | undefined;
  readonly base?: string | undefined;
  readonly head?: string | undefined;
  readonly filesFrom?: string | undefined;
  readonly forceAll?: boolean | undefined;
  readonly only?: readonly string[] | undefined;
}

/** The event as it stands in a plan; `local` outside Actions. */
export interface PlannedEvent {
  readonly name: string;
  readonly ref: string | null;
  readonly sha: string | null;
  readonly defaultBranch: string | null;
}

export interface ChangeRequest {
  readonly event: PlannedEvent;
  readonly comparison: Comparison;
  readonly sources: DiffSources;
  /** Backends to select whatever changed; empty: by what changed. */
  readonly only: readonly string[];
  /** The repository's root: where paths begin. */
  readonly root: string;
  /** Reads the matrix, the config: from the work tree, or from the commit that `--head` names. */
  readInput(path: string): Promise<string>;
  /** Which of those files differ from what is compared. */
  uncommitted(paths: readonly string[]): Promise<readonly string[]>;
  readonly warnings: readonly Problem[];
}

/**
 * What to compare, and where: the flags, else the event of the Actions run, else the last commit of the local repository.
 * @throws ChangedBackendsError
 * @throws UsageError when flags exclude each other
 */
export async function requestChange(flags: ChangeFlags, host: Host): Promise<ChangeRequest> {
  checkFlags(flags);
  const { env } = host;
  const only = (flags.only ?? []).map((backend) => backend.trim()).filter((backend) => backend !== "");
  const forced = flags.forceAll === true || env["FORCE_ALL"]?.toLowerCase() === "true";
  const root = findRoot(host);
  const shared = {
    root,
    only,
    readInput: async (path: string) => readWorkTree(root, path),
    uncommitted: async () => [],
    warnings: [],
  };
  const eventName =
    flags.eventName ??
    (flags.base === undefined && flags.filesFrom === undefined ? env["GITHUB_EVENT_NAME"] : undefined);
  if (eventName) {
    const event = readEvent(eventName, flags.eventPath ?? env["GITHUB_EVENT_PATH"], forced, host);
    const sources = eventSources(event, root, host);
    return {
      ...shared,
      event,
      sources,
      comparison: narrowed(only, forced, eventName) ?? comparisonOf(event),
      warnings: tokenWarning(host),
    };
  }
  const checkout = await openCheckout(host.cwd, env);
  const sources: DiffSources = {
    github: undefined,
    checkout: () => Promise.resolve(checkout),
    remote: remoteAccess(host),
  };
  const event = await localEvent(checkout);
  const everything = narrowed(only, forced, "local");
  if (everything !== undefined) return { ...shared, event, sources, comparison: everything };
  if (flags.filesFrom !== undefined) {
    return { ...shared, event, sources, comparison: { kind: "files", paths: readFileList(flags.filesFrom, host) } };
  }
  if (checkout === undefined) {
    throw new ChangedBackendsError({
      code: "no-repository",
      message: `nothing to compare: no event (GITHUB_EVENT_NAME), no --files-from, and ${host.cwd} lies in no git repository`,
      fix: "run it in a clone, or hand over a list of files with --files-from",
    });
  }
  return { ...shared, event, sources, ...(await localComparison(flags, checkout, root)) };
}

function checkFlags({ eventName, eventPath, base, head, filesFrom }: ChangeFlags): void {
  const ways = [
    eventName !== undefined || eventPath !== undefined ? "--event-name/--event-path" : undefined,
    base !== undefined ? "--base" : undefined,
    filesFrom !== undefined ? "--files-from" : undefined,
  ].filter((way) => way !== undefined);
  if (ways.length > 1) throw new UsageError(`${ways.join(" and ")} exclude each other: each says what to compare`);
  if (head !== undefined && base === undefined) throw new UsageError("--head needs --base: what to compare it with");
}

function narrowed(only: readonly string[], forced: boolean, eventName: string): Comparison | undefined {
  if (only.length > 0) return { kind: "everything", reason: eventName === "workflow_dispatch" ? "dispatched" : "only" };
  return forced ? { kind: "everything", reason: "forced" } : undefined;
}

function readEvent(name: string, path: string | undefined, optional: boolean, { env, cwd }: Host): ActionsEvent {
  const refuse = (message: string, cause?: unknown): ChangedBackendsError =>
    new ChangedBackendsError({
      code: "unreadable-input",
      message: `the event file ${message}`,
      ...(path ? { at: { file: path } } : {}),
      fix: "GITHUB_EVENT_PATH (or --event-path) names the JSON file of the event",
      cause,
    });
  try {
    if (!path) throw refuse("is not named");
    const payload: unknown = JSON.parse(readFileSync(resolve(cwd, path), "utf8"));
    if (!isJsonObject(payload)) throw refuse("is no JSON object");
    return readActionsEvent({ name, payload, env });
  } catch (error) {
    const empty: JsonObject = {};
    if (optional) return readActionsEvent({ name, payload: empty, env });
    if (error instanceof ChangedBackendsError) throw error;
    throw refuse(`cannot be read: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

function eventSources(event: ActionsEvent, root: string, host: Host): DiffSources {
  const [owner, repo] = event.repository?.split("/") ?? [];
  const apiUrl = host.env["GITHUB_API_URL"] || "https://api.github.com";
  const github = owner && repo ? openGitHub({ apiUrl, token: host.env["GITHUB_TOKEN"], owner, repo }) : undefined;
  let checkout: Promise<Checkout | undefined> | undefined;
  const open = (): Promise<Checkout | undefined> => {
    checkout ??= openCheckout(root, host.env);
    return checkout;
  };
  return { github, checkout: open, remote: remoteAccess(host) };
}

function remoteAccess({ env }: Host): RemoteAccess {
  const server = env["GITHUB_SERVER_URL"] || "https://github.com";
  const repository = env["GITHUB_REPOSITORY"];
  return {
    env,
    url: repository ? `${server}/${repository}` : undefined,
    token: env["GITHUB_TOKEN"],
    tokenHost: URL.canParse(server) ? new URL(server).host : undefined,
  };
}

function tokenWarning({ env }: Host): readonly Problem[] {
  if (env["GITHUB_TOKEN"]) return [];
  return [
    {
      message: "no GITHUB_TOKEN: the API is asked anonymously, which private repositories and busy runners refuse",
      fix: "env: GITHUB_TOKEN: ${{ github.token }}",
    },
  ];
}

async function localEvent(checkout: Checkout | undefined): Promise<PlannedEvent> {
  return {
    name: "local",
    ref: (await checkout?.headRef()) ?? null,
    sha: (await checkout?.resolve("HEAD")) ?? null,
    defaultBranch: null,
  };
}

async function localComparison(
  flags: ChangeFlags,
  checkout: Checkout,
  root: string,
): Promise<Pick<ChangeRequest, "comparison" | "readInput" | "uncommitted">> {
  const head = await revision(checkout, flags.head ?? "HEAD");
  const base = flags.base === undefined ? await checkout.parentOfHead() : await revision(checkout, flags.base);
  const comparison: Comparison =
    base === undefined ? { kind: "everything", reason: "zero-base" } : { kind: "commits", base, head };
  if (flags.head !== undefined) {
    return { comparison, readInput: (path) => checkout.readFile(head, path), uncommitted: async () => [] };
  }
  return { comparison, readInput: async (path) => readWorkTree(root, path), uncommitted: checkout.uncommitted };
}

async function revision(checkout: Checkout, name: string): Promise<string> {
  const sha = await checkout.resolve(name);
  if (sha !== undefined) return sha;
  throw new ChangedBackendsError({
    code: "unknown-revision",
    message: `the repository has no revision ${JSON.stringify(name)}${checkout.shallow ? "; the clone is shallow" : ""}`,
    fix: checkout.shallow
      ? "fetch more of it (git fetch --deepen=50), or name a full commit SHA"
      : "name a branch, tag or commit that git rev-parse knows",
  });
}

function readFileList(file: string, host: Host): readonly string[] {
  let text: string;
  try {
    text = file === "-" ? host.stdin() : readFileSync(resolve(host.cwd, file), "utf8");
  } catch (cause) {
    throw new ChangedBackendsError({
      code: "unreadable-input",
      message: `the list of files cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      at: { file },
      fix: "one path a line, or NUL-terminated as git diff --name-only -z has them",
      cause,
    });
  }
  const paths = text.includes("\0") ? text.split("\0") : text.split(/\r?\n/);
  return paths.filter((path) => path !== "");
}

function readWorkTree(root: string, path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** Found by its .git, without asking git; without one, where the command runs. */
function findRoot({ cwd, env }: Host): string {
  for (let directory = cwd; ; directory = dirname(directory)) {
    if (existsSync(join(directory, ".git"))) return directory;
    if (dirname(directory) === directory) return env["GITHUB_WORKSPACE"] || cwd;
  }
}

/** A path as the user typed it, from the repository's root. */
export function fromRoot(root: string, cwd: string, path: string): string {
  return relative(root, resolve(cwd, path)).split(sep).join("/");
}
