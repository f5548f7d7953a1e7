import { bySuffix } from "@fanfold-internal/matrix/identity";
import { type MatrixList, parseMatrixFile } from "@fanfold-internal/matrix/matrix-file";
import type { ChangeDiagnostic } from "../base/codes.ts";
import type { DiffReason, Precision } from "../base/diff.ts";
import { ChangedBackendsError } from "../base/error.ts";
import { pathsOf, type SelectionInput } from "../command/compare-inputs.ts";
import type { ComparisonRequest } from "../command/comparison-request.ts";
import { refuseUnusable } from "../command/select-changes.ts";
import { type FileVersion, firstParents, type PastCommit } from "../git/first-parents.ts";
import { inferInputs } from "../inferred/infer-inputs.ts";
import { affectedEntries } from "../rules/entry-changes.ts";
import { type Selection, type SelectionChange, selectEverything, selector } from "../rules/selection.ts";

/** What a commit selects by the rules of today. */
export interface CommitSelection {
  readonly sha: string;
  readonly parent: string | null;
  /** As somebody wrote it. */
  readonly subject: string;
  /** How many files it changed. */
  readonly files: number;
  readonly precision: Precision;
  /** Why everything is selected, whatever rules say; null: rules decided. */
  readonly reason: DiffReason | null;
  readonly selection: Selection;
}

export interface HistorySelection {
  /** The newest first. */
  readonly commits: readonly CommitSelection[];
  /** Set where a shallow clone ends: the commit whose parent it lacks. */
  readonly shallowAt: string | undefined;
  readonly warnings: readonly ChangeDiagnostic[];
}

export interface HistoryQuestion {
  /** How many commits. */
  readonly last: number;
  /** Whether two texts of the config (undefined: there was none) build images the same way. */
  readonly sameConfig: (left: string | undefined, right: string | undefined) => boolean;
}

/**
 * What each of the last commits of HEAD selects, along first parents: by the entries, rules and Dockerfiles of today, which
 * are compiled once. What a commit changed in the matrix file, the config or the build workflow is compared by value, with
 * its parent; it selects those images that there are today.
 *
 * @throws ChangedBackendsError `no-repository`, `unknown-revision`, `git-refused`, `unreadable-input`, `bad-rule`
 */
export async function selectHistory(
  request: ComparisonRequest,
  input: SelectionInput,
  { last, sameConfig }: HistoryQuestion,
): Promise<HistorySelection> {
  refuseUnusable(input);
  const checkout = await request.sources.checkout();
  if (checkout === undefined) {
    throw new ChangedBackendsError({
      code: "no-repository",
      message: `git finds no repository in ${request.root}`,
      fix: "run it in a clone: history is git's",
    });
  }
  const { matrix, matrixPath, identify, inputs, config, workflow } = input;
  const [{ inferred, findings }, { commits, shallowAt }] = await Promise.all([
    inferInputs(request, input, null),
    firstParents(checkout, request.sources.remote, {
      last,
      wanted: new Set([...pathsOf(input), config?.path, workflow?.path].filter((path) => path !== undefined)),
    }),
  ]);
  const select = selector({
    lists: matrix.lists,
    ...(identify === undefined ? {} : { identify }),
    inputs,
    inferred,
    matrixPath,
    known: [...pathsOf(input), ...(config === undefined ? [] : [config.path]), ...(input.known ?? [])],
    ...(workflow === undefined ? {} : { workflow }),
  });
  const judge = new CommitJudge(input, sameConfig);
  return {
    commits: commits.map((commit) => {
      const { sha, parent, subject, files } = commit;
      const said = judge.changeOf(commit);
      const selection = said.kind === "change" ? select(said.change) : selectEverything(matrix.lists);
      const everything = said.kind === "everything" ? said : undefined;
      return {
        ...{ sha, parent, subject, files: files.length, selection },
        precision: everything?.precision ?? "exact",
        reason: everything?.reason ?? (selection.runAll ? "unmatched" : null),
      };
    }),
    shallowAt,
    warnings: findings,
  };
}

type Said =
  | { readonly kind: "everything"; readonly precision: Precision; readonly reason: DiffReason }
  | { readonly kind: "change"; readonly change: SelectionChange };

/** What a commit did to the files that say what is built. */
class CommitJudge {
  readonly #input: SelectionInput;
  readonly #sameConfig: HistoryQuestion["sameConfig"];
  // One version is the parent's of a commit and the other's own.
  readonly #matrices = new Map<string, readonly MatrixList[] | undefined>();

  constructor(input: SelectionInput, sameConfig: HistoryQuestion["sameConfig"]) {
    this.#input = input;
    this.#sameConfig = sameConfig;
  }

  changeOf({ parent, files, versions }: PastCommit): Said {
    const { matrixPath, matrixSource, config, workflow, generated = [], identify = bySuffix } = this.#input;
    if (parent === null) return { kind: "everything", precision: "unknown", reason: "zero-base" };
    const configs = config === undefined ? undefined : versions.get(config.path);
    if (configs !== undefined) {
      const { before, after } = configs;
      if (before.kind === "unreadable" || after.kind === "unreadable") return unreadable("config-unreadable");
      if (!this.#sameConfig(textOf(before), textOf(after))) {
        return { kind: "everything", precision: "exact", reason: "config-changed" };
      }
    }
    // What other programs read is read for today alone: it may be slow.
    if (matrixSource?.paths.some((path) => versions.has(path)) === true) return unreadable("matrix-unreadable");
    const matrices = versions.get(matrixPath);
    const before = matrices === undefined ? [] : this.#listsOf(matrices.before);
    const after = matrices === undefined ? [] : this.#listsOf(matrices.after);
    if (before === undefined || after === undefined) return unreadable("matrix-unreadable");
    const affected = new Map(
      after.map((list) => {
        const entries = affectedEntries(list, before, identify);
        const changed = list.entries.filter((_, index) => entries.has(index));
        return [list.name, new Set(changed.map((entry) => identify(entry).id))];
      }),
    );
    const pins = workflow !== undefined && this.#samePipeline(versions) ? [workflow.path] : [];
    return {
      kind: "change",
      change: {
        files,
        silent: [...generated, ...pins],
        matrixEntries: ({ name }, ids) =>
          ids.flatMap((id, index) => (affected.get(name)?.has(id) === true ? [index] : [])),
      },
    };
  }

  #listsOf(version: FileVersion): readonly MatrixList[] | undefined {
    if (version.kind !== "text") return version.kind === "absent" ? [] : undefined;
    const { text } = version;
    if (this.#matrices.has(text)) return this.#matrices.get(text);
    const parsed = parseMatrixFile(text, this.#input.matrixPath);
    const lists = parsed.kind === "ok" ? parsed.value.lists : undefined;
    this.#matrices.set(text, lists);
    return lists;
  }

  #samePipeline(versions: PastCommit["versions"]): boolean {
    const { workflow } = this.#input;
    const texts = workflow === undefined ? undefined : versions.get(workflow.path);
    if (texts?.before.kind !== "text" || texts.after.kind !== "text") return false;
    return workflow?.sameBuild?.(texts.before.text, texts.after.text) === true;
  }
}

function unreadable(reason: DiffReason): Said {
  return { kind: "everything", precision: "unknown", reason };
}

function textOf(version: FileVersion): string | undefined {
  return version.kind === "text" ? version.text : undefined;
}
