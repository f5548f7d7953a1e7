import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { fewNames } from "@fanfold-internal/kit/text/words";
import { type DigestToolsError, problem } from "../base/error.ts";
import type { RunContext } from "../base/event-context.ts";
import type { Descriptor, Digest, Platform } from "../oci/descriptor.ts";
import { formatPlatform, hasExactly, isPlatform, platformKey } from "../oci/platform.ts";
import type { SourceVersion } from "../record/record.ts";
import type { FoundRecord } from "../record/record-file.ts";
import type { FoundRecords } from "../record/records.ts";
import type { MergeGroup } from "./groups.ts";

/** What one artifact says: by its record, and of its platforms by the image itself, once that was read. */
export interface LegContent {
  /** Undefined for a bare record. */
  readonly tagSuffix: string | undefined;
  readonly platforms: readonly Platform[];
  readonly images: readonly PushedImage[];
  /** The image's own, as the record has it. */
  readonly manifest: string | undefined;
  /** Undefined for a bare record. */
  readonly source: SourceVersion | undefined;
  readonly run: RunContext | undefined;
}

export interface PushedImage {
  readonly repository: string;
  readonly digest: Digest;
  /** Undefined for a bare record, which gives the digest alone. */
  readonly descriptor: Descriptor | undefined;
  /** What the record says that the image is made of. */
  readonly children?: readonly Descriptor[] | undefined;
}

export interface LegCandidate {
  readonly artifactName: string;
  /** The platform that a plan gives this artifact. */
  readonly planned?: Platform;
  readonly found:
    | { readonly kind: "content"; readonly content: LegContent }
    /** Its image must be read before its platform is known. */
    | { readonly kind: "bare"; readonly digest: Digest }
    | { readonly kind: "missing"; readonly holds?: readonly string[] }
    | { readonly kind: "unreadable"; readonly error: DigestToolsError };
}

export interface GroupInput {
  readonly tagSuffix: string;
  readonly form: MergeGroup["form"];
  readonly expected: readonly Platform[];
  readonly candidates: readonly LegCandidate[];
  /** Undefined: not known; then all legs must be of one commit. */
  readonly revision: string | undefined;
  /** The run that merges, whose records these must be. Undefined outside Actions. */
  readonly run: RunContext | undefined;
  /** Store names. */
  readonly repositories: readonly string[];
  /** Where records were looked for, as the end of a sentence. */
  readonly searched?: string | undefined;
}

/** An artifact whose content is known. */
export interface FoundLeg {
  readonly artifactName: string;
  readonly planned: Platform | undefined;
  readonly content: LegContent;
}

/** A leg of an image, by what was recorded of it. */
export function candidateOf(
  { artifactName, planned }: MergeGroup["legs"][number],
  records: FoundRecords,
): LegCandidate {
  const found = contentOf(records.get(artifactName) ?? { kind: "missing" });
  return { artifactName, found, ...(planned === undefined ? {} : { planned }) };
}

function contentOf(found: FoundRecord): LegCandidate["found"] {
  if (found.kind !== "record") return found;
  const { tagSuffix, platforms, images, manifest, source, run } = found.record;
  const pushed = images.map(({ repository, descriptor, children }) => ({
    repository,
    digest: descriptor.digest,
    descriptor,
    children,
  }));
  return { kind: "content", content: { tagSuffix, platforms, images: pushed, manifest, source, run } };
}

/** Whether the legs are exactly those expected: each recorded once, of one commit and run, in every repository. */
export function legProblems(input: GroupInput): readonly Diagnostic[] {
  const legs = foundLegs(input.candidates);
  return [
    ...absentProblems(input),
    // Records of other images explain wrong platforms, and the first problems are the ones that people see.
    ...imageProblems(input.tagSuffix, legs),
    ...(input.form !== "index" ? wholeProblems(input.expected, legs) : platformProblems(input.expected, legs)),
    ...revisionProblems(input.revision, legs),
    ...runProblems(input.run, legs),
    ...repositoryProblems(input.repositories, legs),
  ];
}

export function foundLegs(candidates: readonly LegCandidate[]): readonly FoundLeg[] {
  return candidates.flatMap(({ artifactName, planned, found }) =>
    found.kind === "content" ? [{ artifactName, planned, content: found.content }] : [],
  );
}

function absentProblems({ candidates, expected, form, searched }: GroupInput): readonly Diagnostic[] {
  const where = searched === undefined ? "" : ` ${searched}`;
  const absent = candidates.flatMap(({ artifactName, planned, found }): readonly Diagnostic[] => {
    if (found.kind === "unreadable") return found.error.diagnostics;
    if (found.kind !== "missing") return [];
    const platform = planned === undefined ? "" : ` (${formatPlatform(planned)})`;
    const instead = found.holds === undefined ? "" : `; its folder holds ${fewNames(found.holds) || "nothing"}`;
    return [missing(`${artifactName}${platform} left no record${where}${instead}`)];
  });
  // One artifact has them all, or is named above.
  if (form !== "index") return absent;
  // A missing leg is not reported a second time as a missing platform.
  const named = candidates.flatMap(({ planned }) => (planned === undefined ? [] : [planned]));
  const there = foundLegs(candidates).flatMap(({ content }) => content.platforms);
  const lacking = expected.filter((platform) => ![...named, ...there].some((one) => isPlatform(one, platform)));
  // Each artifact whose content is not known may be the one for a missing platform: what is wrong with it is reported.
  const unknown = candidates.filter(({ planned, found }) => planned === undefined && found.kind !== "content").length;
  const names = lacking.map(formatPlatform);
  if (unknown === 0) return [...absent, ...names.map((name) => missing(`no record for ${name}${where}`))];
  if (names.length <= unknown) return absent;
  return [...absent, missing(`no record for ${names.length - unknown} of ${names.join(", ")}${where}`)];
}

function missing(message: string): Diagnostic {
  return problem("missing-leg", { message, fix: "run that leg's build again, then merge again" });
}

function platformProblems(expected: readonly Platform[], legs: readonly FoundLeg[]): readonly Diagnostic[] {
  const problems: Diagnostic[] = [];
  const firstOf = new Map<string, string>();
  for (const { artifactName, planned, content } of legs) {
    const [platform, ...others] = content.platforms;
    if (platform === undefined || others.length > 0) {
      const platforms = content.platforms.map(formatPlatform).join(",") || "none";
      problems.push(
        problem("wrong-platform", {
          message: `${artifactName} holds the platforms ${platforms}; a leg has one`,
          fix: "build one platform in each leg",
        }),
      );
      continue;
    }
    const key = platformKey(platform);
    const first = firstOf.get(key);
    firstOf.set(key, first ?? artifactName);
    if (first !== undefined) {
      problems.push(
        problem("duplicate-platform", {
          message: `${first} and ${artifactName} are both ${formatPlatform(platform)}`,
          fix: "give each leg of an image its own platform, and build those legs again",
        }),
      );
      continue;
    }
    const allowed = planned === undefined ? expected : [planned];
    if (allowed.some((candidate) => isPlatform(platform, candidate))) continue;
    problems.push(
      problem("wrong-platform", {
        message: `${artifactName} is ${formatPlatform(platform)}; expected ${allowed.map(formatPlatform).join(" or ")}`,
        fix:
          planned === undefined
            ? `expect ${formatPlatform(platform)} too, or keep only the records of this image's legs`
            : "build it with push --platform as the plan says",
      }),
    );
  }
  return problems;
}

/** What one build has made is the image: it has exactly the platforms that were planned, or any where none were. */
function wholeProblems(expected: readonly Platform[], legs: readonly FoundLeg[]): readonly Diagnostic[] {
  return legs.flatMap(({ artifactName, content: { platforms } }): readonly Diagnostic[] => {
    if (expected.length === 0 || hasExactly(platforms, expected)) return [];
    const found = platforms.map(formatPlatform).join(",") || "for no known platform";
    return [
      problem("wrong-platform", {
        message: `${artifactName} is ${found}; expected ${expected.map(formatPlatform).join(",")}`,
        fix: "build it with push --platform as the plan says",
      }),
    ];
  });
}

function imageProblems(expected: string, legs: readonly FoundLeg[]): readonly Diagnostic[] {
  return legs.flatMap(({ artifactName, planned, content }): readonly Diagnostic[] => {
    if (content.tagSuffix === undefined || content.tagSuffix === expected) return [];
    const found = JSON.stringify(content.tagSuffix);
    return [
      problem("invalid-record", {
        message: `${artifactName} is of another image: its tag-suffix is ${found}, expected ${JSON.stringify(expected)}`,
        fix:
          planned === undefined
            ? "name the image with --tag-suffix, or keep only its records in the directory"
            : `build that leg again, by push with --tag-suffix ${JSON.stringify(expected)}`,
      }),
    ];
  });
}

function revisionProblems(revision: string | undefined, legs: readonly FoundLeg[]): readonly Diagnostic[] {
  const sourced = legs.flatMap(({ artifactName, content: { source } }) =>
    source === undefined ? [] : [{ artifactName, revision: source.revision }],
  );
  const expected = revision ?? sourced[0]?.revision;
  return sourced.flatMap((leg): readonly Diagnostic[] => {
    if (leg.revision === expected) return [];
    return [
      problem("wrong-revision", {
        message: `${leg.artifactName} was built from ${leg.revision ?? "an unknown commit"}; expected ${expected ?? "an unknown commit, like the others"}`,
        fix: "build that leg again from the same commit (push takes it from GITHUB_SHA)",
      }),
    ];
  });
}

/** A record of a later run would keep moving tags from ever moving again; one of an earlier run is left over. */
function runProblems(expected: RunContext | undefined, legs: readonly FoundLeg[]): readonly Diagnostic[] {
  if (expected === undefined) return [];
  return legs.flatMap(({ artifactName, content: { run } }): readonly Diagnostic[] => {
    if (run === undefined || (run.id === expected.id && run.server === expected.server)) return [];
    const server = run.server === expected.server ? "" : ` of ${run.server ?? "an unknown server"}`;
    return [
      problem("wrong-run", {
        message: `${artifactName} was recorded by run ${run.id}${server}; expected this run, ${expected.id}`,
        fix: "merge the records of this run only; to merge another run's, unset GITHUB_RUN_ID",
      }),
    ];
  });
}

function repositoryProblems(repositories: readonly string[], legs: readonly FoundLeg[]): readonly Diagnostic[] {
  return legs.flatMap(({ artifactName, content }): readonly Diagnostic[] => {
    const recorded = new Map(content.images.map(({ repository, digest }) => [repository, digest]));
    const absent = repositories.filter((repository) => !recorded.has(repository));
    if (absent.length > 0) {
      return [
        problem("missing-repository", {
          message: `${artifactName} was not pushed to ${fewNames(absent)}, but to ${fewNames([...recorded.keys()]) || "nothing"}`,
          fix: "name the same repositories in the leg's push and in the merge, layouts in one spelling; then build it again where one is missing",
        }),
      ];
    }
    const digests = new Set(repositories.map((repository) => recorded.get(repository)));
    if (digests.size < 2) return [];
    const pairs = repositories.map((repository) => `${recorded.get(repository)} in ${repository}`);
    return [
      problem("diverging-digests", {
        message: `${artifactName} is ${pairs.join(" and ")}; one index cannot hold both`,
        fix: "push to all repositories with one exporter, as digest-tools push does",
      }),
    ];
  });
}
