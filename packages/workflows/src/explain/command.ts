import { type ChangeFlags, requestComparison, selectChanges } from "@fanfold/changed-backends";
import { fromRoot, inferInputs, openCheckout, withDependents } from "@fanfold/changed-backends/internal";
import { report } from "@fanfold-internal/kit/process/annotation";
import type { Host } from "@fanfold-internal/kit/process/host";
import { jsonText } from "@fanfold-internal/kit/text/json-text";
import { WorkflowsError } from "../base/error.ts";
import { readFamilyGraph } from "../bases/family-graph.ts";
import { buildTargets } from "../build/targets.ts";
import { watchesBases } from "../config/config.ts";
import { type Family, type FileFlags, familyPaths, readFamily } from "../config/family.ts";
import { readEntryContents } from "../content/entry-contents.ts";
import { type ImageContent, imageContents } from "../content/image-content.ts";
import { plannedMetadataEvent } from "../plan/metadata-event.ts";
import { publishedImages } from "../published/published-images.ts";
import { reuseOfFamily } from "../reuse/family-reuse.ts";
import { registryAccess } from "../reuse/registry-access.ts";
import { plannedSigning } from "../sign/planned-signing.ts";
import { explainEntries } from "./entries.ts";
import { explainPath } from "./path.ts";
import { renderExplanation } from "./render.ts";
import { findSubject, guessSubject } from "./subject.ts";

export interface ExplainFlags extends ChangeFlags, FileFlags {
  readonly json?: boolean | undefined;
  readonly reuse?: "published" | "off" | undefined;
}

/** `fanfold explain`: why a file selects what it selects, why a backend or an image is selected, or why not. */
export async function runExplain(text: string, flags: ExplainFlags, host: Host): Promise<void> {
  // What a file would select takes no comparison, and so neither an event nor a second commit.
  const still = await requestComparison(flags.base === undefined ? { ...flags, forceAll: true } : flags, host);
  const family = await readFamily(still, familyPaths(still.root, host.cwd, flags), host);
  const subject = findSubject(text, fromRoot(still.root, host.cwd, text), family);
  if (subject.kind === "path") {
    const tracked = await isTracked(subject.name, text, family, host);
    const { inferred } = await inferInputs(still, family.ground, null);
    const graph = await readFamilyGraph(still, family);
    const explanation = explainPath(subject.name, tracked, { family, graph, inferred });
    host.stdout(flags.json === true ? jsonText(explanation) : renderExplanation(explanation));
    return;
  }
  const request = await requestComparison(flags, host);
  const changed = await selectChanges(request, family.ground);
  const graph = await readFamilyGraph(request, family, changed.head);
  const metadataEvent = await plannedMetadataEvent(request, host.env);
  const published = publishedImages(family, metadataEvent);
  const contents = imageContents(family, graph, await readEntryContents(request, family, changed.head));
  const reuse = await reuseOfFamily(
    { request, family, graph, event: metadataEvent, images: published, changed, contents },
    await plannedSigning(request, family, host.env),
    registryAccess(host, flags.reuse),
    host.env,
  );
  const result = reuse?.changes ?? { ...changed, selection: withDependents(changed.selection, graph) };
  for (const warning of [...result.warnings, ...graph.findings, ...(reuse?.warnings ?? [])]) report(host, warning);
  const asked = reuse?.contents ?? (watchesBases(family.config.config) ? unwatched(contents) : contents);
  const { name, ref, sha, defaultBranch } = request.event;
  const event = { name, ref, sha, base: result.base, head: result.head, defaultBranch };
  const build = family.config.config.build ?? {};
  const builds = buildTargets(published, { build, event: metadataEvent, baked: family.baked });
  const { inferred } = await inferInputs(request, family.ground, result.head);
  const explanation = explainEntries(subject, event, result, {
    family,
    published,
    graph,
    inferred,
    builds,
    contents: asked,
    reuse,
  });
  host.stdout(flags.json === true ? jsonText(explanation) : renderExplanation(explanation));
}

/** Digests are part of keys, and nobody has asked for them. */
function unwatched(contents: ReadonlyMap<string, ImageContent>): ReadonlyMap<string, ImageContent> {
  const reason = "it holds what watched bases stand for, which --reuse published asks registries";
  return new Map(
    [...contents].map(([id, content]) => [id, { ...content, unknown: content.unknown ?? reason, keyWith: () => null }]),
  );
}

/** Whether git tracks the file; null: there is no git repository. @throws WorkflowsError `not-found`: it is no file */
async function isTracked(path: string, text: string, family: Family, host: Host): Promise<boolean | null> {
  const refuse = (message: string, fix: string): WorkflowsError =>
    new WorkflowsError({ code: "not-found", message: `${JSON.stringify(text)} ${message}`, fix });
  if (path === "" || path === ".." || path.startsWith("../")) {
    throw refuse("is not a file of the repository", "name a file by its path");
  }
  if (path === ".") throw refuse("is a directory, and files are what changes", "name a file by its path");
  const checkout = await openCheckout(host.cwd, host);
  if (checkout === undefined) return null;
  const files = await checkout.trackedFiles();
  if (files.includes(path)) return true;
  const below = files.find((file) => file.startsWith(`${path}/`));
  if (below !== undefined) throw refuse("is a directory, and files are what changes", `name a file, such as ${below}`);
  const guess = guessSubject(text, family);
  const slip = !text.includes("/") && guess !== "";
  if (slip) throw refuse(`is not an image, a backend or a file that git tracks${guess}`, "name one of them");
  return false;
}
