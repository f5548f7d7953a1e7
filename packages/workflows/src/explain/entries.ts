import type { SelectedChanges } from "@fanfold/changed-backends";
import { entryRules, type InferredInputs } from "@fanfold/changed-backends/internal";
import { tagSuffixOf } from "@fanfold-internal/matrix/entry-values";
import type { EntryRef } from "@fanfold-internal/matrix/find-image";
import { imageText } from "@fanfold-internal/matrix/identity";
import type { FamilyGraph } from "../bases/family-graph.ts";
import { basesOf } from "../bases/graph-view.ts";
import type { BuildTargets } from "../build/targets.ts";
import type { Family } from "../config/family.ts";
import { commitKey, type ImageContent } from "../content/image-content.ts";
import { type Plan, selectedImages } from "../plan/plan.ts";
import { isProposal } from "../plan/proposals.ts";
import { leftOut, leftOutOfProposal, needCredentials } from "../plan/secret-images.ts";
import type { PublishedImage } from "../published/published-images.ts";
import type { PlannedReuse } from "../reuse/plan-reuse.ts";
import { configRulePlace, type EntriesExplanation, RuleViews, rulePlace, saidOf, texts } from "./explanation.ts";
import type { Subject } from "./subject.ts";

export interface ExplainedFamily {
  readonly family: Family;
  /** All of its images, as the event publishes them. */
  readonly published: readonly PublishedImage[];
  /** Which of its images are built from which. */
  readonly graph: FamilyGraph;
  /** What its entries' Dockerfiles read. */
  readonly inferred: InferredInputs | undefined;
  /** How its entries are built. */
  readonly builds: BuildTargets;
  /** What its images are built from. */
  readonly contents: ReadonlyMap<string, ImageContent>;
  /** What is published; undefined: nobody asked. */
  readonly reuse?: Pick<PlannedReuse, "states" | "decisions"> | undefined;
}

/** Which rules apply to the entries of an image or a backend, and whether they are selected, and by what. */
export function explainEntries(
  { kind, name, entries }: Extract<Subject, { readonly entries: unknown }>,
  event: Plan["event"],
  changes: SelectedChanges,
  explained: ExplainedFamily,
): EntriesExplanation {
  const { family, inferred, published, builds, graph } = explained;
  const left = isProposal(event) ? leftOutOfProposal(selectedImages(published, changes), builds, graph) : [];
  const { selection, diff } = leftOut(changes, left);
  const needy = new Set([...left, ...needCredentials(published, builds)].map(({ group }) => group.identity.id));
  const rules = new RuleViews(family);
  for (const ref of entries) {
    const all = entryRules(ref.entry, ref.list, { inputs: family.ground.inputs, inferred });
    for (const { id, paths, except, ...said } of all.rules) {
      rules.add(ref, {
        rule: id,
        ...saidOf(said),
        at: rulePlace(id, ref, family),
        paths: texts(paths),
        except: texts(except),
      });
    }
    const { workflow } = family.ground;
    if (workflow?.lists.includes(ref.list)) {
      rules.add(ref, { rule: "workflow", at: null, paths: [workflow.path], except: [] });
    }
  }
  const applied = new Set(rules.all().map(({ rule }) => rule));
  const asked = new Set(entries.map(({ list, index }) => `${list} ${index}`));
  return {
    schema: "fanfold.explain/1",
    kind,
    name,
    event,
    diff,
    images: imagesOf(entries, selection, explained, needy),
    causes: selection.causes.filter(({ matrix, entry }) => asked.has(`${matrix} ${entry}`)),
    rules: rules.all(),
    unapplied: family.ground.inputs.rules
      // The built-in rules stand only where no Dockerfile is known.
      .filter(({ id }) => !applied.has(id) && !family.ground.inputs.unwritten)
      .map(({ id }) => ({ rule: id, at: configRulePlace(id, family) })),
  };
}

function imagesOf(
  entries: readonly EntryRef[],
  { lists }: SelectedChanges["selection"],
  { family: { matrix, identity }, published, graph, contents, reuse }: ExplainedFamily,
  needy: ReadonlySet<string>,
): EntriesExplanation["images"] {
  const selected = new Map(lists.map((list) => [list.name, new Set(list.selected)]));
  return [...Map.groupBy(entries, ({ entry }) => identity.identify(entry).id).values()].flatMap((refs) => {
    const [first] = refs;
    if (first === undefined) return [];
    const { list, index, entry } = first;
    return [
      {
        matrix: list,
        image: identity.identify(entry).name,
        "tag-suffix": tagSuffixOf(entry),
        at: matrix.place(list, index),
        entries: refs.map((ref) => ref.index),
        selected: selected.get(list)?.has(index) === true,
        "pull-requests": needy.has(identity.identify(entry).id) ? "left-out" : "built",
        ...publishedAs(published, identity.identify(entry).id),
        ...contentOf(identity.identify(entry).id, contents, published),
        reuse: reuseOf(identity.identify(entry).id, reuse),
        ...basesOf(graph, identity.identify(entry).id),
      },
    ];
  });
}

/** What another workflow publishes is not for this one to say. */
function publishedAs(
  published: readonly PublishedImage[],
  id: string,
): Pick<EntriesExplanation["images"][number], "images" | "tags"> {
  const image = published.find(({ group }) => group.identity.id === id);
  if (image?.merged !== true) return { images: [], tags: [] };
  return { images: image.repositories, tags: image.metadata.tags.map((tag) => tag.name) };
}

function contentOf(
  id: string,
  contents: ExplainedFamily["contents"],
  published: readonly PublishedImage[],
): Pick<EntriesExplanation["images"][number], "content-key" | "content-unknown"> {
  const image = published.find(({ group }) => group.identity.id === id);
  if (image?.merged !== true) return { "content-key": null, "content-unknown": null };
  const { key, why } = commitKey(id, contents);
  const base = published.find(({ group }) => group.identity.id === why?.base);
  const of = base === undefined ? "" : `of ${imageText(base.group.identity.name)}, which it is built from: `;
  return { "content-key": key, "content-unknown": why === null ? null : `${of}${why.reason}` };
}

function reuseOf(id: string, reuse: ExplainedFamily["reuse"]): EntriesExplanation["images"][number]["reuse"] {
  const found = reuse?.states.get(id);
  const decision = reuse?.decisions.get(id);
  if (found === undefined || decision === undefined) return null;
  const to = decision.kind === "leave" ? (decision.to ?? null) : null;
  return { state: found.state, ledger: found.ledger, why: found.why, outcome: decision.kind, to };
}
