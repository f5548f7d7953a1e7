import { posix } from "node:path";
import type { MatrixEntry, MatrixList } from "@fanfold-internal/matrix/matrix-file";
import type { BuildQuestion, Inferred, WideInput } from "../infer/build-inputs.ts";
import { isBehindLink } from "../infer/found-path.ts";
import { findDockerfile, Inference } from "../infer/inference.ts";
import type { ReadableTree } from "../infer/tree.ts";
import type { InferredInputs } from "../rules/entry-rules.ts";
import { type BuildOf, buildQuestion, isBuiltByDockerfile, linkedQuestions } from "./build-question.ts";
import { type ReadTree, readTree, type TreeQuestion } from "./repository-tree.ts";

/** What entries read, and why that could not be found out where it could not. */
export interface InferredEntries {
  readonly inferred: InferredInputs;
  /** The tree could not be read: any file counts. */
  readonly unavailable: string | undefined;
}

/** Reads the tree of the commit that is built, and says of each entry what its build reads. The same question has one answer. */
export function inferredEntries(
  place: Omit<TreeQuestion, "wanted">,
  lists: readonly MatrixList[],
  buildOf: BuildOf,
): Promise<InferredEntries> {
  const { root, commit, sources } = place;
  const answered = known.get(lists) ?? [];
  const same = answered.find(
    ({ asked }) =>
      asked.sources === sources && asked.root === root && asked.commit === commit && asked.buildOf === buildOf,
  );
  if (same !== undefined) return same.answer;
  const answer = inferOnce(place, lists, buildOf);
  known.set(lists, [...answered, { asked: { ...place, buildOf }, answer }]);
  return answer;
}

interface Answered {
  readonly asked: Omit<TreeQuestion, "wanted"> & { readonly buildOf: BuildOf };
  readonly answer: Promise<InferredEntries>;
}

/** What a command has inferred: entries are selected by it, and hashed. */
const known = new WeakMap<readonly MatrixList[], readonly Answered[]>();

async function inferOnce(
  place: Omit<TreeQuestion, "wanted">,
  lists: readonly MatrixList[],
  buildOf: BuildOf,
): Promise<InferredEntries> {
  const wanted = wantedFiles(lists, buildOf);
  const read: ReadTree =
    wanted.length === 0 ? { kind: "unavailable", reason: "nothing is asked" } : await readTree({ ...place, wanted });
  if (read.kind === "unavailable") {
    return {
      inferred: (entry, list) => {
        const question = buildQuestion(entry, list, buildOf);
        return question === undefined ? undefined : anything(question, read.reason);
      },
      unavailable: wanted.length === 0 ? undefined : read.reason,
    };
  }
  const inference = new Inference(read.tree);
  const ground = { tree: read.tree, infer: (question: BuildQuestion) => inference.infer(question) };
  // Asked again for the same entry, by a command that explains, the answer is there.
  const answers = new Map<MatrixEntry, Inferred | undefined>();
  return {
    inferred: (entry, list) => {
      if (answers.has(entry)) return answers.get(entry);
      const answer = inferredBy(entryQuestions(entry, list, buildOf), ground);
      answers.set(entry, answer);
      return answer;
    },
    unavailable: undefined,
  };
}

/** Says of builds of one tree what they read. */
export interface TreeInference {
  readonly tree: ReadableTree;
  readonly infer: (question: BuildQuestion) => Inferred;
}

/** What is asked of an entry's build. */
export interface EntryQuestions {
  /** Undefined: it names no Dockerfile, and is of a list that is built otherwise. */
  readonly own: BuildQuestion | undefined;
  /** It is built from a Dockerfile for certain. */
  readonly sure: boolean;
  /** Of the builds inside it. */
  readonly linked: readonly BuildQuestion[];
}

export function entryQuestions(entry: MatrixEntry, list: string, buildOf: BuildOf): EntryQuestions {
  return {
    own: buildQuestion(entry, list, buildOf),
    sure: isBuiltByDockerfile(buildOf(entry, list)),
    linked: linkedQuestions(entry, list, buildOf).map(([, question]) => question),
  };
}

/** What an entry's build reads, with the builds inside it; undefined: it has no Dockerfile, as far as anyone knows. */
export function inferredBy(
  { own, sure, linked }: EntryQuestions,
  { tree, infer }: TreeInference,
): Inferred | undefined {
  if (own === undefined || !(sure || isThere(own, tree))) return undefined;
  const answer = infer(own);
  return linked.length === 0 ? answer : together(answer, linked.map(infer));
}

function isThere({ dockerfile }: BuildQuestion, tree: ReadableTree): boolean {
  return findDockerfile(dockerfile, tree) !== undefined || isBehindLink(dockerfile, tree);
}

/** Files whose text may count for any of the entries. */
export function wantedFiles(lists: readonly MatrixList[], buildOf: BuildOf): readonly string[] {
  const questions = lists
    .flatMap(({ name, entries }) =>
      entries.flatMap((each) => [
        buildQuestion(each, name, buildOf) ?? [],
        ...linkedQuestions(each, name, buildOf).map(([, question]) => question),
      ]),
    )
    .flat();
  return [...new Set(questions.flatMap(filesOf))];
}

function filesOf({ dockerfile, context }: BuildQuestion): readonly string[] {
  const lower = posix.join(posix.dirname(dockerfile), "dockerfile");
  return [dockerfile, lower, `${dockerfile}.dockerignore`, posix.join(context, ".dockerignore")];
}

/** What a build reads, and what is built inside it. */
function together(own: Inferred, linked: readonly Inferred[]): Inferred {
  const all = [own, ...linked];
  const refused = all.find((each) => each.refused !== undefined)?.refused;
  return {
    exact: all.flatMap(({ exact }) => exact),
    context: widest(all.flatMap(({ context }) => context ?? [])),
    repository: widest(all.flatMap(({ repository }) => repository ?? [])),
    ...(refused === undefined ? {} : { refused }),
  };
}

/** The first of them, with the files of all. */
function widest(inputs: readonly WideInput[]): WideInput | undefined {
  const [first, ...others] = inputs;
  if (first === undefined || others.length === 0) return first;
  const texts = new Set(inputs.map(({ pattern }) => pattern.text));
  const alternatives = inputs.flatMap(({ pattern }) => pattern.alternatives);
  return { ...first, pattern: { text: [...texts].join(", "), alternatives } };
}

function anything({ dockerfile }: BuildQuestion, reason: string): Inferred {
  const pattern = { text: "**", alternatives: [{ kind: "under", directory: "" }] } as const;
  const label = `${dockerfile}: what it reads is not known (${reason})`;
  return { exact: [], context: undefined, repository: { label, file: dockerfile, line: 0, pattern } };
}
