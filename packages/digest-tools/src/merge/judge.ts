import { DigestToolsError } from "../base/error.ts";
import type { RunContext } from "../base/event-context.ts";
import { type GroupProblem, problemOf } from "../base/group-problem.ts";
import type { Platform } from "../oci/descriptor.ts";
import { type BuiltIndex, buildIndex, type IndexLeg } from "../oci/image-index.ts";
import { platformKey } from "../oci/platform.ts";
import { compareRuns, type RecordedImage, type SourceVersion } from "../record/record.ts";
import { type Origin, originAnnotations } from "../tags/moving-tag.ts";
import { absentProblems, imageProblems, platformProblems, repositoryProblems, revisionProblems } from "./legs.ts";

/** What is known of one artifact: what its record says, or what the registry said where the record is bare. */
export interface LegContent {
  /** Undefined for a bare record. */
  readonly tagSuffix: string | undefined;
  readonly platforms: readonly Platform[];
  readonly images: readonly RecordedImage[];
  /** Undefined for a bare record. */
  readonly source: SourceVersion | undefined;
  readonly run: RunContext | undefined;
}

export interface LegCandidate {
  readonly artifactName: string;
  /** The platform that a plan gives this artifact. */
  readonly planned?: Platform;
  readonly found:
    | { readonly kind: "content"; readonly content: LegContent }
    | { readonly kind: "missing"; readonly holds?: readonly string[] }
    | { readonly kind: "unreadable"; readonly error: DigestToolsError };
}

export interface GroupInput {
  readonly tagSuffix: string;
  readonly expected: readonly Platform[];
  readonly candidates: readonly LegCandidate[];
  /** Undefined when nobody said which commit it is; then all legs must be of one. */
  readonly revision: string | undefined;
  /** Store names. */
  readonly repositories: readonly string[];
  /** Where records were looked for, as the end of a sentence. */
  readonly searched?: string | undefined;
}

/** A group that is complete, with the index that publishes it. */
export interface ReadyGroup {
  readonly kind: "ready";
  /** Sorted like the index. */
  readonly legs: readonly IndexLeg[];
  readonly index: BuiltIndex;
  readonly origin: Origin;
}

export interface RefusedGroup {
  readonly kind: "refused";
  readonly problems: readonly GroupProblem[];
}

/** An artifact whose content is known. */
export interface FoundLeg {
  readonly artifactName: string;
  readonly planned: Platform | undefined;
  readonly content: LegContent;
}

/** Whether a group's legs are exactly what is expected: each there, once, of one commit, in every repository. */
export function judgeGroup(input: GroupInput): ReadyGroup | RefusedGroup {
  const legs = input.candidates.flatMap(({ artifactName, planned, found }): readonly FoundLeg[] =>
    found.kind === "content" ? [{ artifactName, planned, content: found.content }] : [],
  );
  const problems = [
    ...absentProblems(input),
    // Records of other images are why the platforms do not fit, and it is the first problems that are told.
    ...imageProblems(input.tagSuffix, legs),
    ...platformProblems(input.expected, legs),
    ...revisionProblems(input.revision, legs),
    ...repositoryProblems(input.repositories, legs),
  ];
  if (problems.length > 0) return { kind: "refused", problems };
  return indexOf(input.repositories, legs);
}

function indexOf(repositories: readonly string[], legs: readonly FoundLeg[]): ReadyGroup | RefusedGroup {
  const indexLegs = legs
    .flatMap(({ artifactName, content }): readonly IndexLeg[] => {
      const [platform] = content.platforms;
      const images = content.images.filter(({ repository }) => repositories.includes(repository));
      const [image] = images;
      if (platform === undefined || image === undefined) return [];
      const children = images.find((candidate) => candidate.children !== undefined)?.children;
      const { descriptor } = image;
      return [{ name: artifactName, platform, descriptor, ...(children === undefined ? {} : { children }) }];
    })
    .toSorted((left, right) => (platformKey(left.platform) < platformKey(right.platform) ? -1 : 1));
  try {
    const origin = originOf(legs);
    return { kind: "ready", legs: indexLegs, index: buildIndex(indexLegs, originAnnotations(origin)), origin };
  } catch (error) {
    if (error instanceof DigestToolsError) return { kind: "refused", problems: [problemOf(error)] };
    throw error;
  }
}

/** Where the image comes from, by the records alone, so that the index's bytes stay the same. */
function originOf(legs: readonly FoundLeg[]): Origin {
  const common = (values: readonly (string | undefined)[]) =>
    values.every((value) => value === values[0]) ? values[0] : undefined;
  return {
    revision: common(legs.map(({ content }) => content.source?.revision)),
    version: common(legs.map(({ content }) => content.source?.version)),
    run: legs
      .map(({ content }) => content.run)
      .toSorted(compareRuns)
      .at(-1),
  };
}
