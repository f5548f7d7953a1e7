import type { ComparisonRequest } from "@fanfold/changed-backends";
import {
  asWritten,
  type BasedEntry,
  type BaseGraph,
  baseGraph,
  buildQuestion,
  type FamilyImage,
  isBuiltByDockerfile,
  isElsewhere,
  type LinkedBuild,
  type ListGraph,
  linkedQuestions,
  parseDockerfile,
  type ReadDockerfile,
  readDockerfiles,
  type Unread,
} from "@fanfold/changed-backends/internal";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { fewNames } from "@fanfold-internal/kit/text/words";
import { tagSuffixOf } from "@fanfold-internal/matrix/entry-values";
import { imageText } from "@fanfold-internal/matrix/identity";
import type { MatrixList } from "@fanfold-internal/matrix/matrix-file";
import type { WaveOf } from "@fanfold-internal/matrix/shards";
import { WorkflowsError } from "../base/error.ts";
import { watchesBases } from "../config/config.ts";
import type { Family } from "../config/family.ts";
import { BUILT_LIST } from "../config/lists.ts";
import { type PublishedImage, publishedImages } from "../published/published-images.ts";
import { sampleEvent } from "../published/sample-events.ts";
import { platformFindings } from "./base-platforms.ts";
import { findNeeds, namesNeeds } from "./needs.ts";

/** Which images of a family are built from which: of those that the generated workflow builds. */
export interface FamilyGraph extends ListGraph {
  readonly graph: BaseGraph;
  /** What says so, entry by entry. */
  readonly entries: readonly BasedEntry[];
  /** The wave of an entry's image, from 1. */
  readonly waveOf: WaveOf;
  /** An image, by its id, as the default branch has published it: `ghcr.io/o/x:main`. */
  readonly publishedAs: (id: string) => string | undefined;
  readonly findings: readonly Diagnostic[];
}

/**
 * Where Dockerfiles are read, and of which branch the tags count that bases are named by. Without a commit's sources they are
 * read as they lie there.
 */
export type GraphRequest = Pick<ComparisonRequest, "readInput"> &
  (
    | (Pick<ComparisonRequest, "root" | "sources"> & {
        readonly event: Pick<ComparisonRequest["event"], "sha" | "defaultBranch">;
      })
    | { readonly event: Pick<ComparisonRequest["event"], "defaultBranch"> }
  );

/** Reads the Dockerfiles of a family. `head`: the commit that is compared, where that is known. */
export async function readFamilyGraph(
  request: GraphRequest,
  family: Family,
  head: string | null = null,
): Promise<FamilyGraph> {
  const { paths, graphBy } = askedGraph(family, request.event.defaultBranch);
  if (paths === undefined) return graphBy(new Map());
  return graphBy(await readDockerfiles(request, { ...family.ground, paths }, head));
}

/** The graph of a family, for whoever reads its Dockerfiles. */
export interface AskedGraph {
  /** Undefined: none says anything, since no image could stand on another one. */
  readonly paths: readonly string[] | undefined;
  readonly graphBy: (dockerfiles: ReadonlyMap<string, ReadDockerfile>) => FamilyGraph;
}

/** `defaultBranch`: bases are named by the tags that it gives; null: nobody knows which it is. */
export function askedGraph(family: Family, defaultBranch: string | null): AskedGraph {
  const list = family.matrix.lists.find(({ name }) => name === BUILT_LIST) ?? { name: BUILT_LIST, entries: [] };
  const { identify } = family.identity;
  const tagsOf = defaultTags(family, defaultBranch);
  const images = familyImages(list, family.identity, tagsOf);
  const publishedAs = (id: string): string | undefined => {
    const [repository] = images.get(id)?.repositories ?? [];
    const tags = tagsOf(id);
    const { name } = tags.find(({ kind }) => kind === "moving") ?? tags[0] ?? {};
    return repository === undefined || name === undefined ? undefined : `${repository}:${name}`;
  };
  const ground = { list, identify, publishedAs };
  const alone = images.size < 2 && !watchesBases(family.config.config);
  if (alone && !namesNeeds(family.matrix)) return { paths: undefined, graphBy: () => graphOf(ground, [], images) };
  const { needs, findings } = findNeeds(family, list, images);
  const { buildOf = asWritten } = family.ground;
  const questions = list.entries.map((entry) => buildQuestion(entry, list.name, buildOf));
  const inside = list.entries.map((entry) => linkedQuestions(entry, list.name, buildOf));
  const asked = [...questions, ...inside.flat().map(([, question]) => question)];
  const paths = asked.flatMap((question) => (question?.inline === undefined ? (question?.dockerfile ?? []) : []));
  const { place } = family.matrix;
  const graphBy = (dockerfiles: ReadonlyMap<string, ReadDockerfile>): FamilyGraph => {
    const entries = list.entries.flatMap((entry, index): readonly BasedEntry[] => {
      const [image, question] = [images.get(identify(entry).id), questions[index]];
      if (image === undefined || question === undefined) return [];
      const sure = isBuiltByDockerfile(buildOf(entry, list.name));
      const linked = (inside[index] ?? []).map(
        ([name, each]): LinkedBuild => ({ name, question: each, ...readBuild(each, dockerfiles, sure) }),
      );
      const more = linked.length === 0 ? {} : { linked };
      return [
        {
          ...{ image, question, ...readBuild(question, dockerfiles, sure), needs: needs[index] ?? [], ...more },
          // Looked up where something is found: the way through the file costs more than all else here.
          get at() {
            return Object.hasOwn(entry, "contexts") ? place(list.name, index, "contexts") : place(list.name, index);
          },
        },
      ];
    });
    return graphOf(ground, entries, images, findings);
  };
  return { paths, graphBy };
}

/** `sure`: it is built from a Dockerfile for certain. */
function readBuild(
  { dockerfile: path, inline, context }: BasedEntry["question"],
  files: ReadonlyMap<string, ReadDockerfile>,
  sure: boolean,
): Pick<BasedEntry, "dockerfile" | "unread"> {
  if (inline !== undefined) {
    const parsed = parseDockerfile(inline);
    return { dockerfile: parsed.kind === "dockerfile" ? parsed : undefined, unread: undefined };
  }
  const read: ReadDockerfile = files.get(path) ?? { kind: "absent" };
  return {
    dockerfile: read.kind === "dockerfile" ? read.dockerfile : undefined,
    unread: isElsewhere(context) ? "unreadable" : unreadOf(read, sure),
  };
}

function unreadOf({ kind }: ReadDockerfile, sure: boolean): Unread | undefined {
  if (kind === "unread") return "unreadable";
  return kind === "absent" && sure ? "untracked" : undefined;
}

/** @throws WorkflowsError `bad-group`: images that are built from each other, or from nobody knows which */
export function refuseBadGraph({ findings }: Pick<FamilyGraph, "findings">): void {
  const problems = findings.filter(({ severity }) => severity === "error");
  if (problems.length === 0) return;
  const message = "what images are built from cannot be planned";
  throw new WorkflowsError({ code: "bad-group", message, problems });
}

function graphOf(
  ground: Pick<FamilyGraph, "list" | "identify" | "publishedAs">,
  entries: readonly BasedEntry[],
  images: ReadonlyMap<string, FamilyImage>,
  findings: readonly Diagnostic[] = [],
): FamilyGraph {
  const { list, identify } = ground;
  const graph = baseGraph(entries, [...images.values()]);
  const waves = list.entries.map((entry) => graph.waves.get(identify(entry).id));
  return {
    ...ground,
    entries,
    graph,
    waveOf: (index) => waves[index],
    findings: [...findings, ...unreadFindings(entries), ...graph.findings, ...platformFindings(entries, graph)],
  };
}

function unreadFindings(entries: readonly BasedEntry[]): readonly Diagnostic[] {
  return (["unreadable", "untracked"] as const).flatMap((why): readonly Diagnostic[] => {
    const unread = entries.filter(({ unread: is, needs }) => is === why && needs.length === 0);
    if (unread.length === 0) return [];
    const names = new Set(unread.map(({ image }) => imageText(image.name)));
    const [file = "", ...others] = new Set(unread.map(({ question }) => question.dockerfile));
    const { said, fix } = UNREAD[why];
    return [
      {
        code: "bases-unread",
        severity: "warning",
        message: `${said(others)}: built with every other image, as they may stand on any: ${fewNames([...names], 10)}`,
        at: { file },
        fix,
      },
    ];
  });
}

const UNREAD = {
  unreadable: {
    said: (others: readonly string[]) =>
      others.length === 0 ? "it cannot be read" : `it cannot be read, nor can ${fewNames(others, 5)}`,
    fix: "check the commit out, with the Dockerfiles, where the plan is made; name the bases under needs, where another frontend reads it",
  },
  untracked: {
    said: (others: readonly string[]) =>
      others.length === 0
        ? "the repository has no such file, so anything may have made it"
        : `the repository has neither it nor ${fewNames(others, 5)}, so anything may have made them`,
    fix: "git add it, or name the bases under needs where it is made before the build",
  },
} as const;

/** By their ids. */
function familyImages(
  { entries }: MatrixList,
  { identify, repositoriesOf }: Family["identity"],
  tagsOf: TagsOf,
): ReadonlyMap<string, FamilyImage> {
  const images = new Map<string, FamilyImage>();
  for (const entry of entries) {
    const { id, name } = identify(entry);
    if (images.has(id)) continue;
    const givesTag = (tag: string): boolean => tagsOf(id).some((each) => each.name === tag);
    images.set(id, { id, name, repositories: repositoriesOf(entry), tagSuffix: tagSuffixOf(entry), givesTag });
  }
  return images;
}

/** The tags that the default branch gives an image, by its id. */
type TagsOf = (id: string) => PublishedImage["metadata"]["tags"];

/** They are looked for only where a Dockerfile writes one. */
function defaultTags(family: Family, defaultBranch: string | null): TagsOf {
  const branches = defaultBranch === null ? perhapsDefault(family) : [defaultBranch];
  const read = () =>
    Map.groupBy(
      branches.flatMap((branch) =>
        ["push", "schedule"].flatMap((event) =>
          publishedImages(family, sampleEvent(`refs/heads/${branch}`, event, branch)),
        ),
      ),
      ({ group }) => group.identity.id,
    );
  let known: ReturnType<typeof read> | undefined;
  return (id) => {
    known ??= read();
    return (known.get(id) ?? []).flatMap(({ metadata }) => metadata.tags);
  };
}

/** Where nobody says, any branch whose pushes are built: a base by a tag of one of them is built before, which is more. */
function perhapsDefault({ config }: Family): readonly string[] {
  const written = config.config.workflow?.branches?.filter((name) => /^[\w./-]+$/.test(name)) ?? [];
  return written.length > 0 ? written : ["main", "master"];
}
