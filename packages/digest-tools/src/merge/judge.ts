import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { DigestToolsError } from "../base/error.ts";
import { type BuiltIndex, buildIndex, type IndexLeg } from "../oci/image-index.ts";
import { platformKey } from "../oci/platform.ts";
import { compareRuns } from "../record/record.ts";
import { type Origin, originAnnotations } from "../tags/moving-tag.ts";
import {
  absentProblems,
  type FoundLeg,
  type GroupInput,
  imageProblems,
  platformProblems,
  repositoryProblems,
  revisionProblems,
} from "./legs.ts";

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
  readonly problems: readonly Diagnostic[];
}

/** Checks that an image's legs are exactly those expected: each recorded once, of one commit, in every repository. */
export function judgeGroup(input: GroupInput): ReadyGroup | RefusedGroup {
  const legs = input.candidates.flatMap(({ artifactName, planned, found }): readonly FoundLeg[] =>
    found.kind === "content" ? [{ artifactName, planned, content: found.content }] : [],
  );
  const problems = [
    ...absentProblems(input),
    // Records of other images explain wrong platforms, and the first problems are the ones that people see.
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
    if (error instanceof DigestToolsError) return { kind: "refused", problems: error.diagnostics };
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
