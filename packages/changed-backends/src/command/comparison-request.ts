import { statSync } from "node:fs";
import { join } from "node:path";
import { isFanfoldError } from "@fanfold-internal/kit/process/errors";
import type { Host } from "@fanfold-internal/kit/process/host";
import type { JsonObject } from "@fanfold-internal/kit/read/json";
import { printable } from "@fanfold-internal/kit/text/printable";
import { type ActionsEvent, readActionsEvent } from "@fanfold-internal/matrix/event";
import type { ChangeDiagnostic } from "../base/codes.ts";
import { ChangedBackendsError } from "../base/error.ts";
import type { DiffSources } from "../diff/attempt.ts";
import { type Comparison, comparisonOf } from "../event/comparison.ts";
import { readEventFile } from "../event/event-file.ts";
import { type Checkout, openCheckout } from "../git/checkout.ts";
import { findRoot } from "../git/repository-root.ts";
import { openGitHub } from "../github/api.ts";
import { accessWarnings, apiAccess, remoteAccess } from "./api-access.ts";
import { readFileList } from "./file-list.ts";
import { type ChangeFlags, checkFlags, isForced } from "./flags.ts";
import { eventFiles, type InputFiles, localFiles, namedCommitFiles, workTreeFiles } from "./input-files.ts";

/** The event as it stands in a plan; `local` outside Actions. */
export interface PlannedEvent {
  readonly name: string;
  readonly ref: string | null;
  readonly sha: string | null;
  readonly defaultBranch: string | null;
}

/** What to compare, and where to read the matrix and the config. */
export interface ComparisonRequest extends InputFiles {
  readonly event: PlannedEvent;
  /** What the event's file says; empty outside Actions. */
  readonly payload: JsonObject;
  readonly comparison: Comparison;
  readonly sources: DiffSources;
  /** Names of images and backends to select whatever changed; empty: by what changed. */
  readonly only: readonly string[];
  /** The repository's root: where paths begin. */
  readonly root: string;
  readonly warnings: readonly ChangeDiagnostic[];
}

/**
 * What to compare, and where: the flags, else the event of the Actions run, else the last commit of the local repository.
 *
 * @throws ChangedBackendsError `unreadable-input`, `unknown-revision`, `no-repository`, `git-refused`
 * @throws UsageError when flags exclude each other
 */
export async function requestComparison(flags: ChangeFlags, host: Host): Promise<ComparisonRequest> {
  checkFlags(flags, host.env);
  const only = (flags.only ?? []).map((name) => name.trim()).filter((name) => name !== "");
  const forced = isForced(flags, host.env);
  const local = flags.base !== undefined || flags.filesFrom !== undefined;
  const eventName = flags.eventName ?? (local ? undefined : host.env["GITHUB_EVENT_NAME"]);
  const context: Context = {
    flags,
    host,
    root: findRoot(host, flags.matrix),
    // --force-all overrides --only.
    only: forced ? [] : only,
    everything: narrowed(only, forced, eventName),
  };
  return eventName ? eventRequest(eventName, context) : localRequest(context);
}

interface Context {
  readonly flags: ChangeFlags;
  readonly host: Host;
  readonly root: string;
  readonly only: readonly string[];
  /** Set when flags say what to select, so that nothing is compared. */
  readonly everything: Comparison | undefined;
}

function narrowed(only: readonly string[], forced: boolean, event: string | undefined): Comparison | undefined {
  if (forced) return { kind: "everything", reason: "forced" };
  if (only.length === 0) return undefined;
  return { kind: "everything", reason: event === "workflow_dispatch" ? "dispatched" : "only" };
}

async function eventRequest(
  name: string,
  { flags, host, root, only, everything }: Context,
): Promise<ComparisonRequest> {
  const event = readEvent(name, everything !== undefined, flags, host);
  const comparison = everything ?? comparisonOf(event);
  const { ref, sha, payload } = event;
  const sources = eventSources(event, root, host);
  const defaultBranch = await defaultBranchOf(event, sources);
  return {
    event: { name, ref, sha, defaultBranch },
    payload,
    comparison,
    sources,
    only,
    root,
    ...(sha === null || /^0+$/.test(sha)
      ? workTreeFiles(root)
      : eventFiles({ root, commit: sha, commitOnly: name === "pull_request_target", sources })),
    warnings: "head" in comparison ? accessWarnings(event, host) : [],
  };
}

/** Where everything is selected anyway, an event file is read for what it says of the event, and may be missing. */
function readEvent(name: string, optional: boolean, flags: ChangeFlags, host: Host): ActionsEvent {
  try {
    return readEventFile(name, flags.eventPath ?? host.env["GITHUB_EVENT_PATH"], host);
  } catch (error) {
    if (optional && isFanfoldError(error)) return readActionsEvent({ name, payload: {}, env: host.env });
    throw error;
  }
}

function eventSources(event: ActionsEvent, root: string, host: Host): DiffSources {
  const [owner, repo] = event.repository?.split("/") ?? [];
  const onWait = (message: string): void => host.stderr(`${printable(message)}\n`);
  const github = owner && repo ? openGitHub({ ...apiAccess(host), owner, repo, onWait }) : undefined;
  let checkout: Promise<Checkout | undefined> | undefined;
  const open = (): Promise<Checkout | undefined> => {
    checkout ??= openCheckout(root, host);
    return checkout;
  };
  return { github, checkout: open, remote: remoteAccess(host) };
}

async function localRequest({ flags, host, root, only, everything }: Context): Promise<ComparisonRequest> {
  const needed = everything === undefined && flags.filesFrom === undefined;
  const checkout = await openCheckout(root, host).catch((error: unknown) => {
    // What git refuses matters only where it is asked for.
    if (needed || !isFanfoldError(error)) throw error;
    return undefined;
  });
  const sources = { github: undefined, checkout: async () => checkout, remote: remoteAccess(host) };
  const request = { event: await localEvent(checkout), payload: {}, sources, only, root, warnings: [] };
  if (everything !== undefined) return { ...request, comparison: everything, ...workTreeFiles(root) };
  if (flags.filesFrom !== undefined) {
    const tracked = new Set(await checkout?.trackedFiles());
    // A sparse checkout has few of the files that git tracks, and without git there are those that lie there.
    const exists = (path: string): boolean => tracked.has(path) || isFile(join(root, path));
    const paths = readFileList(flags.filesFrom, host, exists);
    return { ...request, comparison: { kind: "files", paths }, ...workTreeFiles(root) };
  }
  if (checkout === undefined) {
    throw new ChangedBackendsError({
      code: "no-repository",
      message: `nothing to compare: no event (GITHUB_EVENT_NAME), no --files-from, and no git repository in ${host.cwd}`,
      fix: "run it in a clone, or pass a list of files with --files-from",
    });
  }
  const head = await revision(checkout, flags.head ?? "HEAD");
  const base = flags.base === undefined ? await checkout.parentOfHead() : await revision(checkout, flags.base);
  const comparison: Comparison =
    base === undefined ? { kind: "everything", reason: "zero-base" } : { kind: "commits", base, head };
  const files = flags.head === undefined ? localFiles(root, sources.remote) : namedCommitFiles(head, sources);
  // What is compared is what is built: its Dockerfiles and tree count, not those of the commit that is checked out.
  return { ...request, event: { ...request.event, sha: head }, comparison, ...files };
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/**
 * The repository's default branch: by the event, whose file names it; a schedule is always of it. Else as the clone was told.
 * Null: nobody says.
 */
async function defaultBranchOf(
  { name, ref, defaultBranch }: Pick<PlannedEvent, "name" | "ref" | "defaultBranch">,
  { checkout }: Pick<DiffSources, "checkout">,
): Promise<string | null> {
  if (defaultBranch !== null) return defaultBranch;
  const scheduled = name === "schedule" ? /^refs\/heads\/(.+)$/.exec(ref ?? "")?.[1] : undefined;
  if (scheduled !== undefined) return scheduled;
  try {
    return (await (await checkout())?.originBranch()) ?? null;
  } catch (error) {
    // What git refuses is said where it is needed.
    if (isFanfoldError(error)) return null;
    throw error;
  }
}

async function localEvent(checkout: Checkout | undefined): Promise<PlannedEvent> {
  const [name, ref] = ["local", (await checkout?.headRef()) ?? null];
  const sha = (await checkout?.resolve("HEAD")) ?? null;
  const known = { name, ref, defaultBranch: null };
  return { name, ref, sha, defaultBranch: await defaultBranchOf(known, { checkout: async () => checkout }) };
}

async function revision(checkout: Checkout, name: string): Promise<string> {
  const sha = await checkout.resolve(name);
  if (sha !== undefined) return sha;
  // What the clone lacks may be on its remote.
  if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(name)) return name;
  throw new ChangedBackendsError({
    code: "unknown-revision",
    message: `the repository has no revision ${JSON.stringify(name)}${checkout.shallow ? "; the clone is shallow" : ""}`,
    fix: checkout.shallow
      ? "fetch more of it (git fetch --deepen=50), or name a full commit SHA"
      : "name a branch, tag or commit that git rev-parse knows",
  });
}
