import { refuseUnusable } from "@fanfold/changed-backends/internal";
import type { Environment } from "@fanfold-internal/kit/process/host";
import { type MatrixList, parseMatrixFile } from "@fanfold-internal/matrix/matrix-file";
import type { LoadedConfig } from "../../config/config.ts";
import { type Family, type FamilyPaths, familyOf, readFamily, refuseBadGroups } from "../../config/family.ts";
import { plannedMetadataEvent } from "../../plan/metadata-event.ts";
import { publishedImages } from "../../published/published-images.ts";
import { sampleImages } from "../../published/sample-events.ts";
import { refuseBadTags } from "../../published/tag-findings.ts";
import { plannedSigning } from "../../sign/planned-signing.ts";
import { type EvaluateFamily, type Families, type FamilyAt, type FamilyCommit, refusalOf } from "./commit-families.ts";
import { rememberImages } from "./refuse-outputs.ts";

export interface FamilyPlace {
  readonly root: string;
  readonly paths: FamilyPaths;
  readonly ref: string | null;
  readonly defaultBranch: string | null;
  readonly env: Environment;
}

/** The family of a commit, held against all that a plan refuses whatever is selected. */
export function familyEvaluation({ root, paths, ref, defaultBranch, env }: FamilyPlace): EvaluateFamily {
  const matrices = new MatrixTexts();
  return async ({ readInput }, { sha, time }) => {
    const read = (path: string): Promise<string> => matrices.noted(path, readInput(path));
    const family = matrices.remembered(await readFamily({ readInput: read, root }, paths, null));
    refuseBadGroups(family);
    refuseUnusable(family.ground);
    const event = { name: "local", ref, sha, defaultBranch };
    const payload = { head_commit: { id: sha, timestamp: time } };
    const metadata = await plannedMetadataEvent({ event, payload, sources: { checkout: async () => undefined } }, env);
    await plannedSigning({ event, readInput }, family, env);
    const images = publishedImages(family, metadata);
    refuseBadTags([images, ...sampleImages(family)], family);
    rememberImages(family, images);
    return family;
  };
}

/** The families of a second config: it reads the matrix of the first one's. */
export class OtherFamilies implements Families {
  readonly #config: LoadedConfig;
  readonly #ours: Families;
  readonly #known = new WeakMap<Family, FamilyAt>();

  constructor(config: LoadedConfig, ours: Families) {
    this.#config = config;
    this.#ours = ours;
  }

  async at(commit: FamilyCommit): Promise<FamilyAt> {
    const ours = await this.#ours.at(commit);
    if (ours.kind === "refused") return ours;
    const known = this.#known.get(ours.family) ?? this.#evaluate(ours.family);
    this.#known.set(ours.family, known);
    return known;
  }

  #evaluate(ours: Family): FamilyAt {
    try {
      return { kind: "family", family: otherFamily(this.#config, ours) };
    } catch (error) {
      return { kind: "refused", why: refusalOf(error) };
    }
  }
}

/** A second config over the matrix of a family. @throws WorkflowsError `bad-rule`, `bad-group`; ChangedBackendsError `bad-rule` */
export function otherFamily(config: LoadedConfig, ours: Family): Family {
  const { matrixSource } = ours.ground;
  const baked =
    ours.baked && matrixSource !== undefined ? { matrix: ours.matrix, source: matrixSource, findings: [] } : undefined;
  const family = familyOf(config, ours.matrix, baked);
  const same = { ...family, ground: { ...family.ground, ...(matrixSource === undefined ? {} : { matrixSource }) } };
  refuseBadGroups(same);
  refuseUnusable(same.ground);
  return same;
}

type MatrixSource = NonNullable<Family["ground"]["matrixSource"]>;

// What one push is built by, the next one is compared with.
const KEPT = 2;

/** Matrix files that were read lately: what is compared with mostly is one of them. */
class MatrixTexts {
  readonly #lists = new Map<string, Awaited<ReturnType<MatrixSource["listsOf"]>>>();
  readonly #texts = new Map<string, string>();

  async noted(path: string, reading: Promise<string>): Promise<string> {
    const text = await reading;
    this.#texts.set(path, text);
    return text;
  }

  remembered(family: Family): Family {
    if (family.baked) return family;
    const { file, lists } = family.matrix;
    const text = this.#texts.get(file);
    this.#texts.clear();
    if (text !== undefined) this.#keep(text, { kind: "lists", lists });
    const matrixSource: MatrixSource = {
      paths: [file],
      listsOf: async (texts) => this.#read(texts.get(file), file),
    };
    return { ...family, ground: { ...family.ground, matrixSource } };
  }

  #read(text: string | undefined, file: string): Awaited<ReturnType<MatrixSource["listsOf"]>> {
    if (text === undefined) return { kind: "lists", lists: [] };
    const known = this.#lists.get(text);
    if (known !== undefined) return known;
    const parsed = parseMatrixFile(text, file);
    const read =
      parsed.kind === "ok"
        ? ({ kind: "lists", lists: parsed.value.lists satisfies readonly MatrixList[] } as const)
        : ({ kind: "unreadable", message: parsed.problems[0]?.message ?? "it is not a matrix file" } as const);
    this.#keep(text, read);
    return read;
  }

  #keep(text: string, lists: Awaited<ReturnType<MatrixSource["listsOf"]>>): void {
    this.#lists.delete(text);
    this.#lists.set(text, lists);
    const [oldest] = this.#lists.keys();
    if (this.#lists.size > KEPT && oldest !== undefined) this.#lists.delete(oldest);
  }
}
