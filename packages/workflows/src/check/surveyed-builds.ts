import { posix } from "node:path";
import {
  asWritten,
  type BuildQuestion,
  buildQuestion,
  type Checkout,
  findDockerfile,
  Inference,
  type Inferred,
  linkedQuestions,
  parseDockerfile,
  type RepositoryTree,
  RuleMatcher,
} from "@fanfold/changed-backends/internal";
import { type EntryRef, entryRefs } from "@fanfold-internal/matrix/find-image";
import type { Family } from "../config/family.ts";
import { workTree } from "../generate/repository/work-tree.ts";

/** An entry whose Dockerfile is there, and what its build reads. */
export interface SurveyedBuild {
  readonly ref: EntryRef;
  readonly question: BuildQuestion;
  readonly dockerfile: Extract<ReturnType<typeof parseDockerfile>, { readonly kind: "dockerfile" }>;
  /** The same object for builds that read the same. */
  readonly inferred: Inferred;
}

export interface Survey {
  readonly tree: RepositoryTree;
  readonly builds: readonly SurveyedBuild[];
  /** Paths of Dockerfiles that are not read because of their length. */
  readonly tooLong: ReadonlySet<string>;
  /** Paths of all Dockerfiles that entries name, whatever is there, and of those that these lead to. */
  readonly named: ReadonlySet<string>;
}

/** Reads the Dockerfiles of a family as they lie in the work tree. */
export async function surveyBuilds(family: Family, checkout: Checkout): Promise<Survey> {
  const { buildOf = asWritten } = family.ground;
  const asked = entryRefs(family.matrix.lists).flatMap((ref) => {
    const question = buildQuestion(ref.entry, ref.list, buildOf);
    return question === undefined ? [] : [{ ref, question }];
  });
  const tree = await workTree(
    checkout,
    asked.flatMap(({ question: { dockerfile, context } }) => [
      ...[dockerfile, posix.join(posix.dirname(dockerfile), "dockerfile"), `${dockerfile}.dockerignore`],
      posix.join(context, ".dockerignore"),
    ]),
  );
  const inference = new Inference(tree);
  const tooLong = new Set<string>();
  const builds = asked.flatMap(({ ref, question }): readonly SurveyedBuild[] => {
    const found = findDockerfile(question.dockerfile, tree);
    const text = found === undefined ? undefined : tree.text(found.path);
    const dockerfile = text === undefined ? undefined : parseDockerfile(text);
    if (dockerfile?.kind === "too-long") tooLong.add(question.dockerfile);
    if (dockerfile?.kind !== "dockerfile") return [];
    return [{ ref, question, dockerfile, inferred: inference.infer(question) }];
  });
  const inside = entryRefs(family.matrix.lists).flatMap(({ entry, list }) => linkedQuestions(entry, list, buildOf));
  const named = [...asked.map(({ question }) => question), ...inside.map(([, question]) => question)].flatMap(
    ({ dockerfile }) => [dockerfile, findDockerfile(dockerfile, tree)?.path ?? dockerfile],
  );
  return { tree, builds, tooLong, named: new Set(named) };
}

/** Whether a Dockerfile says exactly what it reads. */
export function isExact({ inferred }: SurveyedBuild): boolean {
  return inferred.context === undefined && inferred.repository === undefined;
}

/** A file that a Dockerfile reads, and where it says so. */
export interface ReadFile {
  readonly path: string;
  /** `Dockerfile:2 COPY src` */
  readonly label: string;
  /** The file itself is named. */
  readonly named: boolean;
}

/** Of each build, the tracked files that it reads by name or pattern. */
export function filesRead(
  builds: readonly SurveyedBuild[],
  files: readonly string[],
): ReadonlyMap<Inferred, readonly ReadFile[]> {
  const distinct = [...new Set(builds.map(({ inferred }) => inferred))];
  const matcher = new RuleMatcher(
    distinct.map(({ exact }) => exact.map(({ pattern }) => ({ id: "", paths: [pattern], except: [] }))),
    [],
  );
  const read = new Map<Inferred, ReadFile[]>(distinct.map((each) => [each, []]));
  for (const path of files) {
    for (const { entry, rule } of matcher.match([path]).hits) {
      const inferred = distinct[entry];
      const input = inferred?.exact[rule];
      if (inferred === undefined || input === undefined) continue;
      read.get(inferred)?.push({ path, label: input.label, named: input.named });
    }
  }
  return read;
}
