import type { ComparisonRequest, SelectedChanges } from "@fanfold/changed-backends";
import { withDependents } from "@fanfold/changed-backends/internal";
import type { MetadataEvent, ReadStore } from "@fanfold/digest-tools/internal";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import type { Environment } from "@fanfold-internal/kit/process/host";
import { countOf, fewNames } from "@fanfold-internal/kit/text/words";
import { imageText } from "@fanfold-internal/matrix/identity";
import type { FamilyGraph } from "../bases/family-graph.ts";
import type { Family } from "../config/family.ts";
import { type ImageContent, type KnownKeys, keysOfBuilt } from "../content/image-content.ts";
import type { PublishedImage } from "../published/published-images.ts";
import { namesVersion } from "../published/version-names.ts";
import { askStates } from "./ask-states.ts";
import { decideReuse, type ReuseCandidate, type ReuseDecision, type ReuseEvent } from "./decide.ts";
import { earlierRun } from "./earlier-run.ts";
import { reuseEvent } from "./event.ts";
import type { PublishedState } from "./published-state.ts";
import { ledgerQuestions } from "./questions.ts";
import type { ReuseSetting } from "./reuse-setting.ts";
import { selectionAfter } from "./selection-after.ts";
import { type AskSignatures, SignedStates } from "./trusted-states.ts";

export interface ReuseInput {
  readonly request: ComparisonRequest;
  readonly family: Family;
  readonly graph: FamilyGraph;
  readonly setting: ReuseSetting;
  readonly event: MetadataEvent;
  /** All of the family, as the event publishes them. */
  readonly images: readonly PublishedImage[];
  /** As the diff selects, without what stands on that. */
  readonly changed: SelectedChanges;
  /** What all images are built from, by their ids. */
  readonly contents: ReadonlyMap<string, ImageContent>;
}

export interface ReuseTools {
  readonly openStore: (name: string) => ReadStore;
  readonly env: Environment;
  /** Where images are signed. */
  readonly signatures?: AskSignatures | undefined;
}

/** An image that the merge publishes without a build. */
export interface PlannedFrom {
  readonly why: "claim" | "heal" | "retag";
  /** The digest that stands under the ledger tag, by repository; those that lack it are left out. */
  readonly index: Readonly<Record<string, string>>;
  readonly key: string | null;
}

/** What is published, and what follows for a run. By image ids. */
export interface PlannedReuse {
  readonly event: ReuseEvent;
  /** What is built, with what stands on it, and why. */
  readonly changes: SelectedChanges;
  readonly states: ReadonlyMap<string, PublishedState>;
  readonly decisions: ReadonlyMap<string, ReuseDecision>;
  readonly from: ReadonlyMap<string, PlannedFrom>;
  /** Keys of what stands in the registry, of images that are not built. */
  readonly standing: KnownKeys;
  /** What builds are handed of those, by repository. Where nothing is published they take them by their names. */
  readonly handed: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly warnings: readonly Diagnostic[];
}

/** Asks what is published and decides what that spares or adds. Undefined: the event builds nothing anyway. */
export async function planReuse(input: ReuseInput, tools: ReuseTools): Promise<PlannedReuse | undefined> {
  const { request, family, graph, setting, images, changed } = input;
  const occasion = reuseEvent(request, setting, family.config.config);
  if (occasion === undefined) return undefined;
  const order = basesFirst(input);
  const selected = selectedIds(images, withDependents(changed.selection, graph));
  const head = keysOfBuilt(input.contents, new Set(input.contents.keys()));
  const asked = askedImages(occasion.kind, order, selected);
  const questions = ledgerQuestions(
    input,
    asked.map(({ image }) => image),
    occasion.branch,
    head,
  );
  let states = await askStates(questions, tools.openStore);
  const candidatesBy = (found: ReadonlyMap<string, PublishedState>): readonly ReuseCandidate[] =>
    order.map(({ image, bases }) => {
      const { id } = image.group.identity;
      const entries = image.group.legs.map(({ entry }) => entry);
      const isRelease = occasion.kind === "release";
      return {
        id,
        selected: selected.has(id),
        state: found.get(id)?.state,
        bases,
        namesVersion: isRelease && namesVersion(entries, family.config.config),
      };
    });
  let earlier: Awaited<ReturnType<typeof earlierRun>> = { run: undefined, warnings: [] };
  let asksEarlier = occasion.kind === "push";
  const decide = async (candidates: readonly ReuseCandidate[]): Promise<ReadonlyMap<string, ReuseDecision>> => {
    const alone = decideReuse(occasion.kind, candidates, undefined);
    const isLost = [...alone.values()].some((each) => each.kind === "build" && each.lost !== undefined);
    if (!isLost) return alone;
    if (asksEarlier) earlier = await earlierRun(request.sources, tools.env, occasion.branch);
    asksEarlier = false;
    return earlier.run === undefined ? alone : decideReuse(occasion.kind, candidates, earlier.run);
  };
  let candidates = candidatesBy(states);
  let decisions = await decide(candidates);
  const signed =
    tools.signatures === undefined || occasion.kind === "proposal" ? undefined : new SignedStates(tools.signatures);
  const bases = new Map(order.map((each) => [each.image.group.identity.id, each.bases]));
  for (;;) {
    const trusted = await signed?.next({ states, decisions, bases });
    if (trusted === undefined) break;
    states = trusted;
    candidates = candidatesBy(states);
    decisions = await decide(candidates);
  }
  const from = plannedFrom(decisions, states, head);
  return {
    event: occasion.kind,
    changes: selectionAfter(changed, { images, graph, decisions, states }),
    states,
    decisions,
    from,
    standing: standingKeys(decisions, states, from),
    handed: occasion.kind === "proposal" ? new Map() : handedOver(states),
    warnings: [
      ...earlier.warnings,
      ...unreadWarnings(states, occasion.kind),
      ...leftNotices(decisions, images),
      ...(occasion.kind === "proposal" ? spared(selected, decisions, images, occasion.branch) : []),
      ...versionNotices(candidates, images),
    ],
  };
}

interface OrderedImage {
  readonly image: PublishedImage;
  /** Ids of images that it is, or may be, built from. */
  readonly bases: readonly string[];
}

/** What the merge publishes, in an order in which nothing comes before what it is built from. */
function basesFirst({ images, graph: { list, graph } }: Pick<ReuseInput, "images" | "graph">): readonly OrderedImage[] {
  const edges = Map.groupBy([...graph.edges.flat(), ...graph.perhaps.flat()], ({ from }) => from);
  return images
    .filter(({ merged }) => merged)
    .map((image) => {
      const own = image.list === list.name ? (edges.get(image.group.identity.id) ?? []) : [];
      return { image, bases: [...new Set(own.map(({ to }) => to))] };
    })
    .toSorted(({ image: left }, { image: right }) => wave(left) - wave(right));

  function wave({ group }: PublishedImage): number {
    return graph.waves.get(group.identity.id) ?? 0;
  }
}

function selectedIds(images: readonly PublishedImage[], { lists }: SelectedChanges["selection"]): ReadonlySet<string> {
  const entries = new Map(lists.map(({ name, selected }) => [name, new Set(selected)]));
  return new Set(
    images
      .filter(({ list, group }) => entries.get(list)?.has(group.legs[0].index) === true)
      .map(({ group }) => group.identity.id),
  );
}

/** What counts for the event; where all that is selected is built, only what it is built on. */
function askedImages(
  event: ReuseEvent,
  order: readonly OrderedImage[],
  selected: ReadonlySet<string>,
): readonly OrderedImage[] {
  if (event === "push" || event === "stale-schedule") return order;
  const chosen = order.filter(({ image }) => selected.has(image.group.identity.id));
  if (event === "proposal") return chosen;
  const below = new Set(chosen.flatMap(({ bases }) => bases));
  const bases = order.filter(
    ({ image: { group } }) => below.has(group.identity.id) && !selected.has(group.identity.id),
  );
  return event === "forced" ? bases : [...chosen, ...bases];
}

function plannedFrom(
  decisions: ReadonlyMap<string, ReuseDecision>,
  states: ReadonlyMap<string, PublishedState>,
  head: KnownKeys,
): ReadonlyMap<string, PlannedFrom> {
  return new Map(
    [...decisions].flatMap(([id, { kind }]): readonly (readonly [string, PlannedFrom])[] => {
      if (kind === "build" || kind === "leave") return [];
      return [[id, { why: kind, index: states.get(id)?.index ?? {}, key: head.get(id) ?? null }]];
    }),
  );
}

/** What is built gets its own, from those that it is built on. */
function standingKeys(
  decisions: ReadonlyMap<string, ReuseDecision>,
  states: ReadonlyMap<string, PublishedState>,
  from: ReadonlyMap<string, PlannedFrom>,
): KnownKeys {
  const keys = new Map<string, string | null>();
  for (const [id, { kind }] of decisions) {
    if (kind === "build") continue;
    const { state, standing } = states.get(id) ?? {};
    keys.set(id, from.get(id)?.key ?? standing?.contentKey ?? (state === "unreadable" ? UNREAD : null));
  }
  return keys;
}

/**
 * In the place of the key of a base that no registry would show: what is built on it gets a key that nothing else has, and is
 * built again by the next push that sees what stands there. Without one nobody would know that it has to be.
 */
const UNREAD = "unread";

function handedOver(
  states: ReadonlyMap<string, PublishedState>,
): ReadonlyMap<string, Readonly<Record<string, string>>> {
  return new Map(
    [...states].flatMap(([id, { state, index }]) =>
      state === "absent" || Object.keys(index).length === 0 ? [] : [[id, index] as const],
    ),
  );
}

/** What is said of registries that do not answer, once for all images. */
function unreadWarnings(states: ReadonlyMap<string, PublishedState>, event: ReuseEvent): readonly Diagnostic[] {
  const unread = [...states.values()].filter(({ state }) => state === "unreadable");
  const [first] = unread;
  if (first === undefined) return [];
  const stranger = event === "proposal" && ["unauthorized", "denied"].includes(first.problem?.code ?? "");
  const what = stranger ? "pull requests have no login for it" : "what changed decides about them alone";
  return [
    {
      code: "published-unread",
      severity: "warning",
      message: `what is published of ${countOf(unread.length, "image")} of ${states.size} cannot be read, so ${what}: ${first.ledger}: ${first.why}`,
      ...(first.problem?.fix === undefined ? {} : { fix: first.problem.fix }),
    },
  ];
}

const MAX_IMAGES = 10;

function leftNotices(
  decisions: ReadonlyMap<string, ReuseDecision>,
  images: readonly PublishedImage[],
): readonly Diagnostic[] {
  const left = [...decisions].flatMap(([id, each]) =>
    each.kind === "leave" && each.to !== undefined ? [{ id, to: each.to }] : [],
  );
  const [first] = left;
  if (first === undefined) return [];
  return [
    {
      code: "left-to-run",
      severity: "notice",
      message: `not published, and left to ${first.to}, which is not over: ${namesOf(new Set(left.map(({ id }) => id)), images)}`,
    },
  ];
}

/** What a pull request changes to what its target has published already. */
function spared(
  selected: ReadonlySet<string>,
  decisions: ReadonlyMap<string, ReuseDecision>,
  images: readonly PublishedImage[],
  branch: string,
): readonly Diagnostic[] {
  const ids = new Set([...selected].filter((id) => decisions.get(id)?.kind === "leave"));
  if (ids.size === 0) return [];
  const message = `not built, as ${branch} has published the same: ${namesOf(ids, images)}`;
  return [{ code: "published-already", severity: "notice", message }];
}

function versionNotices(
  candidates: readonly ReuseCandidate[],
  images: readonly PublishedImage[],
): readonly Diagnostic[] {
  const built = candidates.filter(
    ({ namesVersion: names, state }) => names && (state === "current" || state === "incomplete"),
  );
  if (built.length === 0) return [];
  return [
    {
      code: "names-its-version",
      severity: "notice",
      message: `built, though its branch has published the same, because build or labels name the version, the git tag or the day: ${namesOf(new Set(built.map(({ id }) => id)), images)}`,
    },
  ];
}

function namesOf(ids: ReadonlySet<string>, images: readonly PublishedImage[]): string {
  const names = images.flatMap(({ group }) => (ids.has(group.identity.id) ? [imageText(group.identity.name)] : []));
  return fewNames(names, MAX_IMAGES);
}
