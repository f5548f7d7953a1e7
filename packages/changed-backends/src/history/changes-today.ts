import { bySuffix } from "@fanfold-internal/matrix/identity";
import { type MatrixList, parseMatrixFile } from "@fanfold-internal/matrix/matrix-file";
import type { DiffReason, Precision } from "../base/diff.ts";
import { pathsOf, type SelectionInput } from "../command/compare-inputs.ts";
import type { BlobReader } from "../git/blob-reader.ts";
import type { TreeChange, TreeObject } from "../git/tree-diffs.ts";
import { affectedEntries } from "../rules/entry-changes.ts";
import type { SelectionChange } from "../rules/selection.ts";
import { changedFiles, type WalkedPush } from "./walk-history.ts";

/** What a push changed, or why everything counts as changed. */
export type ChangeToday =
  | { readonly kind: "everything"; readonly precision: Precision; readonly reason: DiffReason }
  | { readonly kind: "change"; readonly change: SelectionChange };

/** Whether two texts of the config (undefined: there was none) build images the same way. */
export type SameConfig = (left: string | undefined, right: string | undefined) => boolean;

type FileVersion =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "absent" }
  | { readonly kind: "unreadable" };

// One version is the older one of a push and the newer one of another.
const MAX_MATRICES = 16;

/**
 * What pushes did to the files that say what is built, as far as it counts for the entries that there are today: matrix file,
 * config and build workflow are compared by value, with what was there before.
 */
export class ChangesToday {
  readonly #input: SelectionInput;
  readonly #sameConfig: SameConfig;
  readonly #blobs: BlobReader;
  readonly #matrices = new Map<string, readonly MatrixList[] | undefined>();

  constructor(input: SelectionInput, sameConfig: SameConfig, blobs: BlobReader) {
    this.#input = input;
    this.#sameConfig = sameConfig;
    this.#blobs = blobs;
  }

  async of({ push, changes, tree }: WalkedPush): Promise<ChangeToday> {
    const { matrixPath, matrixSource, config, workflow, generated = [], identify = bySuffix } = this.#input;
    if (push.before === null) return everything("zero-base");
    if (changes === undefined || tree === "absent") return everything("git-failed");
    const changed = new Map(changes.map((change) => [change.path, change]));
    const configs = config === undefined ? undefined : changed.get(config.path);
    if (configs !== undefined) {
      const [before, after] = await this.#versions(configs);
      if (before.kind === "unreadable" || after.kind === "unreadable") return everything("config-unreadable");
      if (!this.#sameConfig(textOf(before), textOf(after))) {
        return { kind: "everything", precision: "exact", reason: "config-changed" };
      }
    }
    // What other programs read is read for today alone: it may be slow.
    if (matrixSource !== undefined && pathsOf(this.#input).some((path) => changed.has(path))) {
      return everything("matrix-unreadable");
    }
    const matrices = changed.get(matrixPath);
    const [before, after] =
      matrices === undefined
        ? [[], []]
        : await Promise.all((await this.#versions(matrices)).map((each) => this.#lists(each)));
    if (before === undefined || after === undefined) return everything("matrix-unreadable");
    const affected = new Map(
      after.map((list) => {
        const entries = affectedEntries(list, before, identify);
        const touched = list.entries.filter((_, index) => entries.has(index));
        return [list.name, new Set(touched.map((entry) => identify(entry).id))];
      }),
    );
    const workflows = workflow === undefined ? undefined : changed.get(workflow.path);
    const pins = workflows !== undefined && (await this.#samePipeline(workflows)) ? [workflows.path] : [];
    return {
      kind: "change",
      change: {
        files: changedFiles(changes),
        silent: [...generated, ...pins],
        matrixEntries: ({ name }, ids) =>
          ids.flatMap((id, index) => (affected.get(name)?.has(id) === true ? [index] : [])),
      },
    };
  }

  async #versions({ before, after }: TreeChange): Promise<readonly [FileVersion, FileVersion]> {
    return Promise.all([this.#version(before), this.#version(after)]);
  }

  async #version(object: TreeObject | null): Promise<FileVersion> {
    if (object === null) return { kind: "absent" };
    const bytes = object.kind === "file" ? await this.#blobs.read(object.id) : undefined;
    return bytes === undefined ? { kind: "unreadable" } : { kind: "text", text: new TextDecoder().decode(bytes) };
  }

  #lists(version: FileVersion): readonly MatrixList[] | undefined {
    if (version.kind !== "text") return version.kind === "absent" ? [] : undefined;
    const { text } = version;
    if (this.#matrices.has(text)) return this.#matrices.get(text);
    const parsed = parseMatrixFile(text, this.#input.matrixPath);
    const lists = parsed.kind === "ok" ? parsed.value.lists : undefined;
    this.#matrices.set(text, lists);
    const [oldest] = this.#matrices.keys();
    if (this.#matrices.size > MAX_MATRICES && oldest !== undefined) this.#matrices.delete(oldest);
    return lists;
  }

  async #samePipeline(change: TreeChange): Promise<boolean> {
    const [before, after] = await this.#versions(change);
    if (before.kind !== "text" || after.kind !== "text") return false;
    return this.#input.workflow?.sameBuild?.(before.text, after.text) === true;
  }
}

function everything(reason: DiffReason): ChangeToday {
  return { kind: "everything", precision: "unknown", reason };
}

function textOf(version: FileVersion): string | undefined {
  return version.kind === "text" ? version.text : undefined;
}
