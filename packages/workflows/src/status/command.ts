import { isatty } from "node:tty";
import { styleText } from "node:util";
import { type ComparisonRequest, requestComparison, selectChanges } from "@fanfold/changed-backends";
import { report } from "@fanfold-internal/kit/process/annotation";
import { refused } from "@fanfold-internal/kit/process/command";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import type { Host } from "@fanfold-internal/kit/process/host";
import { jsonText } from "@fanfold-internal/kit/text/json-text";
import { WorkflowsError } from "../base/error.ts";
import { readFamilyGraph, refuseBadGraph } from "../bases/family-graph.ts";
import { type Family, type FileFlags, familyPaths, readFamily, refuseBadGroups } from "../config/family.ts";
import { readEntryContents } from "../content/entry-contents.ts";
import { imageContents } from "../content/image-content.ts";
import { plannedMetadataEvent } from "../plan/metadata-event.ts";
import { publishedImages } from "../published/published-images.ts";
import { contentsHeld, signaturesBy } from "../reuse/family-reuse.ts";
import { type ImageState, publishedStates, signedStates } from "../reuse/published-states.ts";
import { registryAccess } from "../reuse/registry-access.ts";
import { checkReuse, reuseSetting } from "../reuse/reuse-setting.ts";
import { plannedSigning } from "../sign/planned-signing.ts";
import { imageStatus, NOT_PUBLISHED, type StatusDocument } from "./image-status.ts";
import { type PaintState, renderStatus } from "./render.ts";
import { unreadWarnings } from "./unread-warnings.ts";

export interface StatusFlags extends FileFlags {
  readonly json?: boolean | undefined;
  readonly failOn?: "stale" | undefined;
}

/** Shows the table in another way. */
export type ShowStatus = (document: StatusDocument) => void;

/**
 * `fanfold status`: what is published of each image, beside what the commit would build. It asks as a plan does, and changes
 * nothing.
 * @throws WorkflowsError `bad-group`: nobody could know what is published; otherwise as a plan
 */
export async function runStatus(flags: StatusFlags, host: Host, show?: ShowStatus): Promise<void> {
  const { document, warnings } = await readStatus(flags, host);
  for (const warning of warnings) report(host, warning);
  show?.(document);
  const colours = host.terminal && isatty(1);
  host.stdout(flags.json === true ? jsonText(document) : renderStatus(document, new Date(), paintState(colours)));
  const isFound = document.images.some(({ state }) => state !== null && NOT_PUBLISHED.includes(state));
  if (flags.failOn !== undefined && isFound) refused();
}

interface ReadStatus {
  readonly document: StatusDocument;
  readonly warnings: readonly Diagnostic[];
}

async function readStatus(flags: FileFlags, host: Host): Promise<ReadStatus> {
  const request = await requestComparison({ forceAll: true }, host);
  const family = await readFamily(request, familyPaths(request.root, host.cwd, flags), host);
  refuseBadGroups(family);
  // Whether plans ask is the config's to say; here somebody asks.
  const setting = reuseSetting(family.config.config, "published");
  const problems = checkReuse(family, "published");
  if (setting === undefined || problems.length > 0) {
    throw new WorkflowsError({ code: "bad-group", message: "nobody can know what is published", problems });
  }
  const changed = await selectChanges(request, family.ground);
  const head = request.event.sha === null ? changed.head : null;
  const [event, graph, entries] = await Promise.all([
    plannedMetadataEvent(request, host.env),
    readFamilyGraph(request, family, head),
    readEntryContents(request, family, head),
  ]);
  refuseBadGraph(graph);
  const contents = imageContents(family, graph, entries);
  const branch = branchOf(request, family.config.config.workflow?.branches ?? []);
  const access = registryAccess(host, "published");
  const published = publishedImages(family, event);
  const { found, held } = await access.withStores(async (openStore) => {
    const held = await contentsHeld({ setting, graph, images: published, contents }, openStore);
    const ground = { family, setting, event, changed, contents: held.contents, branch };
    return { held, found: await publishedStates(ground, openStore) };
  });
  const ask = signaturesBy(await signingOf(request, family, branch, host), access);
  const { states, unknown } = ask === undefined ? { states: found } : await signedStates(found, ask);
  const dates = await commitDates(request, states);
  const images = states.map((state) => imageStatus(state, (commit) => dates.get(commit)));
  const commit = request.event.sha ?? changed.head;
  const warnings = [
    ...held.warnings,
    ...unreadWarnings(states),
    ...(unknown === undefined ? [] : [unknownSignatures(unknown)]),
  ];
  return { document: { schema: "fanfold.status/1", branch, commit, images }, warnings };
}

/** By whom images of the branch are signed. */
function signingOf(
  request: ComparisonRequest,
  family: Family,
  branch: string,
  { env }: Host,
): ReturnType<typeof plannedSigning> {
  const event = { ...request.event, ref: `refs/heads/${branch}` };
  return plannedSigning({ event, readInput: request.readInput }, family, env);
}

function unknownSignatures(why: string): Diagnostic {
  return {
    code: "published-unread",
    severity: "warning",
    message: `whether images are signed is not known: ${why}`,
    fix: "install cosign 3; keyless, say whose workflow signs: GITHUB_REPOSITORY=owner/name or workflow.repository",
  };
}

/** The one that is checked out, where the workflow publishes it; else the first that it does. */
function branchOf({ event }: ComparisonRequest, branches: readonly string[]): string {
  const [, own] = /^refs\/heads\/(.+)$/s.exec(event.ref ?? "") ?? [];
  const plain = branches.filter((name) => /^[\w./-]+$/.test(name));
  if (own !== undefined && plain.includes(own)) return own;
  return event.defaultBranch ?? plain[0] ?? own ?? "main";
}

async function commitDates(
  { sources }: ComparisonRequest,
  states: readonly ImageState[],
): Promise<ReadonlyMap<string, string>> {
  const commits = new Set(states.flatMap(({ published }) => published?.standing?.revision ?? []));
  const checkout = await sources.checkout();
  const dates = await Promise.all(
    [...commits]
      // An annotation is anybody's text.
      .filter((commit) => /^[0-9a-f]{40,64}$/.test(commit))
      .map(async (commit) => [commit, await checkout?.commitDate(commit)] as const),
  );
  return new Map(dates.flatMap(([commit, date]) => (date === undefined ? [] : [[commit, date] as const])));
}

function paintState(colours: boolean): PaintState {
  return (state, text) => {
    const style = state === "current" ? "green" : state !== null && NOT_PUBLISHED.includes(state) ? "red" : "yellow";
    return colours ? styleText(style, text, { validateStream: false }) : text;
  };
}
