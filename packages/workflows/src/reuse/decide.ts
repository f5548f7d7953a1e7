import type { ReuseState } from "./published-state.ts";

/** What kind of event decides, as far as reuse goes. */
export type ReuseEvent =
  /** A push to a branch: what is published already is not built, and what is not, is. */
  | "push"
  /** A git tag or a release: what its default branch has published gets the release's tags. */
  | "release"
  /** Whatever is selected is built, as somebody wants it so: a dispatch, `--only`, `--force-all`, a schedule. */
  | "forced"
  /** A schedule that builds what is not published as it would be built now. */
  | "stale-schedule"
  /** Nothing is published: what its target has published already needs no build. */
  | "proposal";

/** One image, bases first. */
export interface ReuseCandidate {
  readonly id: string;
  /** By what changed, or as somebody wants it. */
  readonly selected: boolean;
  readonly state: ReuseState | undefined;
  /** Ids of images that it is, or may be, built from. */
  readonly bases: readonly string[];
  /** What is built knows the version that it is built for, so that another version is another image. */
  readonly namesVersion: boolean;
}

export type ReuseDecision =
  /** `lost`: nobody selected it. */
  | { readonly kind: "build"; readonly lost?: "stale" | "absent" }
  /** The same content is published again, under this run's name. */
  | { readonly kind: "claim" | "heal" | "retag" }
  /** Nothing happens. `to`: the earlier run that is still to build it. */
  | { readonly kind: "leave"; readonly to?: string };

/**
 * What becomes of each image. What stands on an image that is built is built, whatever is published: it would be handed over
 * to it. What an earlier run may still be building is left to that, unless something is built on it that has nothing to stand on.
 *
 * @param candidates - no image before those that it is built from
 * @param inFlight - an earlier run that is not over
 */
export function decideReuse(
  event: ReuseEvent,
  candidates: readonly ReuseCandidate[],
  inFlight: string | undefined,
): ReadonlyMap<string, ReuseDecision> {
  let decisions = new Map<string, ReuseDecision>();
  // An image that is built needs its bases, and one that a base is built for may need others.
  const needed = new Set<string>();
  for (let before = -1; before !== needed.size; ) {
    before = needed.size;
    decisions = new Map();
    for (const candidate of candidates) {
      const onBuilt = candidate.bases.some((base) => decisions.get(base)?.kind === "build");
      decisions.set(candidate.id, decideOne(event, candidate, { onBuilt, inFlight, needed: needed.has(candidate.id) }));
    }
    const built = candidates.filter(({ id }) => decisions.get(id)?.kind === "build");
    const states = new Map(candidates.map(({ id, state }) => [id, state]));
    for (const base of built.flatMap(({ bases }) => bases)) {
      if (event !== "proposal" && states.get(base) === "absent") needed.add(base);
    }
  }
  return decisions;
}

interface Circumstances {
  readonly onBuilt: boolean;
  readonly needed: boolean;
  readonly inFlight: string | undefined;
}

const BUILD: ReuseDecision = { kind: "build" };
const LEAVE: ReuseDecision = { kind: "leave" };

function decideOne(
  event: ReuseEvent,
  { selected, state, namesVersion }: ReuseCandidate,
  { onBuilt, needed, inFlight }: Circumstances,
): ReuseDecision {
  const lost = state === "stale" || state === "absent" ? state : undefined;
  if (onBuilt) return BUILD;
  if (needed && !selected) return lost === undefined ? BUILD : { kind: "build", lost };
  const isThere = state === "current" || state === "incomplete";
  switch (event) {
    case "forced":
      return selected ? BUILD : LEAVE;
    case "proposal":
      return selected && !isThere ? BUILD : LEAVE;
    case "release":
      if (!selected) return LEAVE;
      return isThere && !namesVersion ? { kind: "retag" } : BUILD;
    case "stale-schedule":
      if (state === "current") return LEAVE;
      if (state === "incomplete") return { kind: "heal" };
      return selected ? BUILD : LEAVE;
    case "push":
      if (state === "incomplete") return { kind: "heal" };
      if (selected) return state === "current" ? { kind: "claim" } : BUILD;
      if (lost === undefined) return LEAVE;
      return inFlight === undefined ? { kind: "build", lost } : { kind: "leave", to: inFlight };
  }
}
