import { imageText } from "@fanfold-internal/matrix/identity";
import { MAX_WAVES } from "@fanfold-internal/matrix/shards";
import { type BasedEntry, type BaseFinding, type Edge, entryEdges } from "./edges.ts";
import { type FamilyImage, ImageFamily } from "./find-base.ts";
import { rememberedReferences } from "./image-references.ts";

/** Which images of a family are built from which. */
export interface BaseGraph {
  /** Of each entry, in the order in which they were given. */
  readonly edges: readonly (readonly Edge[])[];
  /** What each entry may be built from, for all that is known. */
  readonly perhaps: readonly (readonly Edge[])[];
  /** By the ids of images with an edge, from 1: a wave is built from images of lower ones. Images without are in none. */
  readonly waves: ReadonlyMap<string, number>;
  /** Each once; with an error among them there are no waves. */
  readonly findings: readonly BaseFinding[];
}

/** The graph of a family, by all of its entries, whatever is selected. */
export function baseGraph(entries: readonly BasedEntry[], images: readonly FamilyImage[]): BaseGraph {
  const family = new ImageFamily(images);
  const referencesOf = rememberedReferences();
  const found = entries.map((entry) => entryEdges(entry, family, referencesOf));
  const edges = found.map((each) => each.edges);
  const all = edges.flat();
  const { waves, problems } = wavesOf(all, new Map(images.map(({ id, name }) => [id, imageText(name)])));
  const findings = [...found.flatMap((each) => each.findings), ...problems];
  return {
    edges,
    perhaps: found.map((each) => each.perhaps),
    waves,
    findings: [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()],
  };
}

/** Every image that stands on one of these, directly or not, without them. */
export function dependentsOf(ids: Iterable<string>, edges: Iterable<Pick<Edge, "from" | "to">>): ReadonlySet<string> {
  const above = Map.groupBy(edges, ({ to }) => to);
  const given = new Set(ids);
  const reached = new Set(given);
  for (const id of reached) for (const { from } of above.get(id) ?? []) reached.add(from);
  return new Set([...reached].filter((id) => !given.has(id)));
}

interface Waves {
  readonly waves: ReadonlyMap<string, number>;
  readonly problems: readonly BaseFinding[];
}

function wavesOf(edges: readonly Edge[], names: ReadonlyMap<string, string>): Waves {
  const below = Map.groupBy(edges, ({ from }) => from);
  const waves = new Map<string, number>();
  const name = (id: string): string => names.get(id) ?? id;
  /** Edges from an image that is being looked at down to this one. */
  const path: Edge[] = [];
  const open = new Set<string>();
  let cycle: readonly Edge[] | undefined;
  const visit = (id: string): number => {
    const known = waves.get(id);
    if (known !== undefined) return known;
    open.add(id);
    let wave = 1;
    for (const edge of below.get(id) ?? []) {
      path.push(edge);
      if (open.has(edge.to)) cycle ??= path.slice(path.findIndex(({ from }) => from === edge.to));
      else wave = Math.max(wave, visit(edge.to) + 1);
      path.pop();
    }
    open.delete(id);
    waves.set(id, wave);
    return wave;
  };
  for (const { from, to } of edges) for (const id of [from, to]) visit(id);
  if (cycle !== undefined) return { waves: new Map(), problems: [cycleFinding(cycle, name)] };
  const [highest = "", count = 0] = [...waves].reduce<readonly [string, number]>(
    (most, each) => (each[1] > most[1] ? each : most),
    ["", 0],
  );
  if (count <= MAX_WAVES) return { waves, problems: [] };
  return { waves: new Map(), problems: [lengthFinding(longestChain(highest, below, waves), name)] };
}

type NameOf = (id: string) => string;

function cycleFinding(cycle: readonly Edge[], name: NameOf): BaseFinding {
  const [first] = cycle;
  const steps = cycle.map(({ from, base, where }) => `${name(from)} from ${imageText(base)} (${where})`);
  return {
    code: "base-cycle",
    severity: "error",
    message: `images are built from each other: ${steps.join(", ")}`,
    at: first?.at,
    fix: "one of them must come from elsewhere: name it by a digest, or by a tag that is not given by the default branch",
  };
}

function longestChain(
  top: string,
  below: ReadonlyMap<string, readonly Edge[]>,
  waves: ReadonlyMap<string, number>,
): readonly Edge[] {
  const chain: Edge[] = [];
  for (let id = top; ; ) {
    const wave = waves.get(id) ?? 0;
    const edge = below.get(id)?.find(({ to }) => waves.get(to) === wave - 1);
    if (edge === undefined) return chain;
    chain.push(edge);
    id = edge.to;
  }
}

function lengthFinding(chain: readonly Edge[], name: NameOf): BaseFinding {
  const [first] = chain;
  const names = [first === undefined ? "" : name(first.from), ...chain.map(({ base }) => imageText(base))];
  return {
    code: "too-many-waves",
    severity: "error",
    message: `${names.length} images stand on each other, and a workflow has at most ${MAX_WAVES} waves: ${names.join(" from ")}`,
    at: first?.at,
    fix: "build some of them as stages of one Dockerfile, or name one by a digest",
  };
}
