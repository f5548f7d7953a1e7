import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Problem } from "@fanfold-internal/kit/process/errors";
import type { Host } from "@fanfold-internal/kit/process/host";
import { UsageError } from "@fanfold-internal/kit/process/usage-error";
import { type ActionsEvent, readActionsEvent } from "@fanfold-internal/matrix/event";
import { ChangedBackendsError } from "../base/error.ts";
import type { DiffSources } from "../diff/rung.ts";
import { type Comparison, comparisonOf } from "../event/comparison.ts";
import { readEventFile } from "../event/event-file.ts";
import { type Checkout, openCheckout } from "../git/checkout.ts";
import { openScratch, type RemoteAccess } from "../git/git-diff.ts";
import { findRoot } from "../git/repository-root.ts";
import { openGitHub } from "../github/compare.ts";
import { apiAccess, remoteAccess, repositoryWarning, tokenWarning } from "./api-access.ts";
import { readFileList } from "./file-list.ts";

/** What a command line says about what to compare. */
export interface ChangeFlags {
  /** The matrix file as typed: where there is no repository around the command, it may be around the file. */
  readonly matrix?: string | undefined;
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
 * @throws ChangedBackendsError `unreadable-input`, `unknown-revision`, `no-repository`
 * @throws UsageError when flags exclude each other
 */
export async function requestChange(flags: ChangeFlags, host: Host): Promise<ChangeRequest> {
  checkFlags(flags, host);
  const { env } = host;
  const only = (flags.only ?? []).map((backend) => backend.trim()).filter((backend) => backend !== "");
  const forced = flags.forceAll === true || env["FORCE_ALL"]?.toLowerCase() === "true";
  const root = findRoot(host, flags.matrix);
  const shared: Shared = {
    root,
    // Both were asked for, and everything is more.
    only: forced ? [] : only,
    readInput: async (path: string) => readTracked(join(root, path)),
    uncommitted: async () => [],
    warnings: [],
  };
  const local = flags.base !== undefined || flags.filesFrom !== undefined;
  const eventName = flags.eventName ?? (local ? undefined : env["GITHUB_EVENT_NAME"]);
  const everything = narrowed(only, forced, eventName);
  return eventName
    ? eventRequest(eventName, everything, flags, host, shared)
    : localRequest(everything, flags, host, shared);
}

/** What git compares of a link is where it leads, so a change of the file behind it would be missed. */
function readTracked(file: string): string {
  const text = readFileSync(file, "utf8");
  if (lstatSync(file).isSymbolicLink()) throw new Error("it is a symbolic link; name the file that it leads to");
  return text;
}

type Shared = Omit<ChangeRequest, "event" | "comparison" | "sources">;

function checkFlags({ eventName, eventPath, base, head, filesFrom }: ChangeFlags, { env }: Host): void {
  const ways = [
    eventName !== undefined || eventPath !== undefined ? "--event-name/--event-path" : undefined,
    base !== undefined ? "--base" : undefined,
    filesFrom !== undefined ? "--files-from" : undefined,
  ].filter((way) => way !== undefined);
  if (ways.length > 1) throw new UsageError(`${ways.join(" and ")} exclude each other: each says what to compare`);
  if (head !== undefined && base === undefined) throw new UsageError("--head needs --base: what to compare it with");
  if (eventPath !== undefined && !eventName && !env["GITHUB_EVENT_NAME"]) {
    throw new UsageError("--event-path needs --event-name: a payload does not say which event it is of");
  }
}

function narrowed(only: readonly string[], forced: boolean, event: string | undefined): Comparison | undefined {
  if (forced) return { kind: "everything", reason: "forced" };
  if (only.length === 0) return undefined;
  return { kind: "everything", reason: event === "workflow_dispatch" ? "dispatched" : "only" };
}

async function eventRequest(
  name: string,
  everything: Comparison | undefined,
  flags: ChangeFlags,
  host: Host,
  shared: Shared,
): Promise<ChangeRequest> {
  const event = readEvent(name, everything !== undefined, flags, host);
  const comparison = everything ?? comparisonOf(event);
  const { ref, sha, defaultBranch } = event;
  return {
    ...shared,
    event: { name, ref, sha, defaultBranch },
    comparison,
    sources: eventSources(event, shared.root, host),
    warnings: "head" in comparison ? [...tokenWarning(host), ...repositoryWarning(event)] : [],
  };
}

/** Where everything is selected anyway, an event file is read for what it says of the event, and may be missing. */
function readEvent(name: string, optional: boolean, flags: ChangeFlags, host: Host): ActionsEvent {
  try {
    return readEventFile(name, flags.eventPath ?? host.env["GITHUB_EVENT_PATH"], host);
  } catch (error) {
    if (optional) return readActionsEvent({ name, payload: {}, env: host.env });
    throw error;
  }
}

function eventSources(event: ActionsEvent, root: string, host: Host): DiffSources {
  const [owner, repo] = event.repository?.split("/") ?? [];
  const github = owner && repo ? openGitHub({ ...apiAccess(host), owner, repo }) : undefined;
  let checkout: Promise<Checkout | undefined> | undefined;
  const open = (): Promise<Checkout | undefined> => {
    checkout ??= openCheckout(root, host.env);
    return checkout;
  };
  return { github, checkout: open, remote: remoteAccess(host) };
}

async function localRequest(
  everything: Comparison | undefined,
  flags: ChangeFlags,
  host: Host,
  shared: Shared,
): Promise<ChangeRequest> {
  const checkout = await openCheckout(shared.root, host.env);
  const remote = remoteAccess(host);
  const request = {
    ...shared,
    event: await localEvent(checkout),
    sources: { github: undefined, checkout: () => Promise.resolve(checkout), remote },
  };
  if (everything !== undefined) return { ...request, comparison: everything };
  if (flags.filesFrom !== undefined) {
    return { ...request, comparison: { kind: "files", paths: readFileList(flags.filesFrom, host) } };
  }
  if (checkout === undefined) {
    throw new ChangedBackendsError({
      code: "no-repository",
      message: `nothing to compare: no event (GITHUB_EVENT_NAME), no --files-from, and git finds no repository in ${host.cwd}`,
      fix: "run it in a clone, or hand over a list of files with --files-from",
    });
  }
  const head = await revision(checkout, flags.head ?? "HEAD");
  const base = flags.base === undefined ? await checkout.parentOfHead() : await revision(checkout, flags.base);
  const comparison: Comparison =
    base === undefined ? { kind: "everything", reason: "zero-base" } : { kind: "commits", base, head };
  if (flags.head === undefined) return { ...request, comparison, uncommitted: checkout.uncommitted };
  return { ...request, comparison, readInput: (path) => readCommitted(checkout, remote, head, path) };
}

async function localEvent(checkout: Checkout | undefined): Promise<PlannedEvent> {
  return {
    name: "local",
    ref: (await checkout?.headRef()) ?? null,
    sha: (await checkout?.resolve("HEAD")) ?? null,
    defaultBranch: null,
  };
}

async function revision(checkout: Checkout, name: string): Promise<string> {
  const sha = await checkout.resolve(name);
  if (sha !== undefined) return sha;
  // What the clone lacks may be had from its remote.
  if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(name)) return name;
  throw new ChangedBackendsError({
    code: "unknown-revision",
    message: `the repository has no revision ${JSON.stringify(name)}${checkout.shallow ? "; the clone is shallow" : ""}`,
    fix: checkout.shallow
      ? "fetch more of it (git fetch --deepen=50), or name a full commit SHA"
      : "name a branch, tag or commit that git rev-parse knows",
  });
}

async function readCommitted(checkout: Checkout, remote: RemoteAccess, commit: string, path: string): Promise<string> {
  const scratch = await openScratch(checkout, remote);
  try {
    const file = await scratch?.readFile(commit, path);
    if (file?.kind === "text") return file.text;
    const short = commit.slice(0, 12);
    throw new Error(file?.kind === "absent" ? `${short} has no such file` : `git cannot read commit ${short}`);
  } finally {
    await scratch?.close();
  }
}
