import type { MatrixEntry } from "@fanfold/changed-backends";
import {
  asWritten,
  dockerfileIn,
  type EntryQuestions,
  entryQuestions,
  type FollowedInference,
  inferredBy,
  type ReadDockerfile,
  type rememberedDockerfiles,
  selectionGround,
  selector,
  type WatchedTree,
  wantedFiles,
} from "@fanfold/changed-backends/internal";
import { type AskedGraph, askedGraph, type FamilyGraph } from "../../bases/family-graph.ts";
import type { Family } from "../../config/family.ts";
import type { PlanGround } from "./planned-push.ts";

type Questioned = readonly [entry: MatrixEntry, questions: EntryQuestions];
type Question = NonNullable<EntryQuestions["own"]>;
type Inferred = ReturnType<FollowedInference["infer"]>;

/** What a family is at the commit that a replay has come to; made anew only where something of it is another one. */
export class FamilyState {
  readonly family: Family;
  /** Files whose texts count. */
  readonly wanted: readonly string[];
  readonly #asked: AskedGraph;
  readonly #questions: readonly Questioned[];
  readonly #keys = new Map<Question, string>();
  #dockerfiles: ReadonlyMap<string, ReadDockerfile> | undefined;
  #ground: PlanGround | undefined;
  #inferred: readonly (Inferred | undefined)[] | undefined;
  #select: ReturnType<typeof selector> | undefined;

  constructor(family: Family, defaultBranch: string | null) {
    const { buildOf = asWritten, inputs, matrix } = family.ground;
    this.family = family;
    this.wanted = wantedFiles(matrix.lists, buildOf);
    this.#asked = askedGraph(family, defaultBranch);
    this.#questions = inputs.infer
      ? matrix.lists.flatMap(({ name, entries }) =>
          entries.map((entry): Questioned => [entry, entryQuestions(entry, name, buildOf)]),
        )
      : [];
  }

  /** What its images are built from, by the Dockerfiles of the tree. */
  groundIn(tree: WatchedTree, parse: ReturnType<typeof rememberedDockerfiles>): PlanGround {
    const paths = [...new Set(this.#asked.paths)];
    const dockerfiles = new Map(paths.map((path) => [path, dockerfileIn(path, tree, parse)] as const));
    if (this.#ground === undefined || !sameDockerfiles(dockerfiles, this.#dockerfiles)) {
      this.#dockerfiles = dockerfiles;
      this.#ground = { family: this.family, graph: this.#asked.graphBy(dockerfiles) satisfies FamilyGraph };
    }
    return this.#ground;
  }

  /** Its rules, with what Dockerfiles read of the tree. */
  selectorIn(tree: WatchedTree, inference: FollowedInference): ReturnType<typeof selector> {
    const infer = (question: Question): Inferred => inference.infer(question, this.#keyOf(question));
    const inferred = this.#questions.map(([, questions]) => inferredBy(questions, { tree, infer }));
    if (this.#select === undefined || !this.#areTheSame(inferred)) {
      this.#inferred = inferred;
      const byEntry = new Map(this.#questions.map(([entry], index) => [entry, inferred[index]]));
      const known = this.family.ground.inputs.infer ? (entry: MatrixEntry) => byEntry.get(entry) : undefined;
      this.#select = selector(selectionGround(this.family.ground, known));
    }
    return this.#select;
  }

  #areTheSame(inferred: readonly (Inferred | undefined)[]): boolean {
    return inferred.every((each, index) => each === this.#inferred?.[index]);
  }

  #keyOf(question: Question): string {
    const known = this.#keys.get(question);
    if (known !== undefined) return known;
    const { contexts, arguments: given, ...plain } = question;
    const key = JSON.stringify([plain, [...contexts], given.open, [...given.values]]);
    this.#keys.set(question, key);
    return key;
  }
}

function sameDockerfiles(
  found: ReadonlyMap<string, ReadDockerfile>,
  before: ReadonlyMap<string, ReadDockerfile> | undefined,
): boolean {
  return [...found].every(([path, each]) => {
    const other = before?.get(path);
    if (each.kind !== "dockerfile" || other?.kind !== "dockerfile") return each.kind === other?.kind;
    return each.dockerfile === other.dockerfile;
  });
}
