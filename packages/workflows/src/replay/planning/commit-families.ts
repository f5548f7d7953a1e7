import type { ComparisonRequest } from "@fanfold/changed-backends";
import { type CommittedFile, commitFiles } from "@fanfold/changed-backends/internal";
import { formatDiagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { isFanfoldError } from "@fanfold-internal/kit/process/errors";
import { printable } from "@fanfold-internal/kit/text/printable";
import type { Family } from "../../config/family.ts";
import type { CommitFiles } from "./commit-files.ts";

/** The commit whose family is asked for. */
export interface FamilyCommit {
  readonly sha: string;
  readonly time: string;
}

type FileReader = Pick<ComparisonRequest, "readInput">;
export type EvaluateFamily = (files: FileReader, commit: FamilyCommit) => Promise<Family>;

export type FamilyAt =
  | { readonly kind: "family"; readonly family: Family }
  /** Nothing can be planned by it, in a line why. */
  | { readonly kind: "refused"; readonly why: string };

/** Which family is that of a commit. */
export interface Families {
  at(commit: FamilyCommit): Promise<FamilyAt>;
}

interface Known {
  /** Objects of the files that were read for it, by their paths. */
  readonly reads: ReadonlyMap<string, string>;
  readonly result: FamilyAt;
}

// Histories go forth and back between a few.
const KEPT = 3;

/** Families of commits: files that say the same are evaluated once. */
export class CommitFamilies implements Families {
  readonly #files: CommitFiles;
  readonly #evaluate: EvaluateFamily;
  /** The one that was asked for last comes last. */
  #known: readonly Known[] = [];

  constructor(files: CommitFiles, evaluate: EvaluateFamily) {
    this.#files = files;
    this.#evaluate = evaluate;
  }

  async at(commit: FamilyCommit): Promise<FamilyAt> {
    const known = this.#known.findLast(({ reads }) => [...reads].every(([path, id]) => this.#objectOf(path) === id));
    const found = known ?? (await this.#read(commit));
    this.#known = [...this.#known.filter((each) => each !== found), found].slice(-KEPT);
    return found.result;
  }

  async #read(commit: FamilyCommit): Promise<Known> {
    const reads = new Map<string, string>();
    const { readInput } = commitFiles(commit.sha, (path): Promise<CommittedFile> => {
      reads.set(path, this.#objectOf(path));
      return this.#files.read(path);
    });
    try {
      return { reads, result: { kind: "family", family: await this.#evaluate({ readInput }, commit) } };
    } catch (error) {
      return { reads, result: { kind: "refused", why: refusalOf(error) } };
    }
  }

  #objectOf(path: string): string {
    const object = this.#files.tree.objectAt(path);
    return object === undefined ? "" : `${object.kind} ${object.id}`;
  }
}

/** What a plan is refused for, in a line. @throws what is no refusal */
export function refusalOf(error: unknown): string {
  if (!isFanfoldError(error)) throw error;
  const [first, ...others] = error.diagnostics;
  const said = first === undefined ? error.message : formatDiagnostic({ ...first, fix: undefined });
  const text = printable(said.split("\n", 1)[0] ?? "");
  return others.length === 0 ? text : `${text} (and ${others.length} more)`;
}
