import { imagetoolsCommand } from "./buildx-command.ts";
import type { Descriptor } from "./descriptor.ts";
import { DigestToolsError } from "./digest-tools-error.ts";
import type { RunDocker } from "./docker.ts";
import { nameIn, parseIndex } from "./image-content.ts";
import { type BuiltIndex, type IndexLeg, isAttestation } from "./image-index.ts";
import { checkTag, knownProblem, type PublishEngine, type TagsSet } from "./publish.ts";
import type { Manifest, Store } from "./store.ts";
import type { Tag } from "./tags.ts";

export interface BuildxEngineInput {
  readonly legs: readonly IndexLeg[];
  readonly index: BuiltIndex;
  readonly stores: readonly Store[];
  readonly run: RunDocker;
}

/**
 * Publishes with `docker buildx imagetools create`, which makes the index, pushes it and sets the tags: one command for the
 * fixed tags and one for the moving ones. What it made is then read back and compared with the legs.
 */
export class BuildxEngine implements PublishEngine {
  readonly #input: BuildxEngineInput;

  constructor(input: BuildxEngineInput) {
    this.#input = input;
  }

  async look(): Promise<void> {}

  /** imagetools pushes an index with its tags only. */
  async putIndex(): Promise<void> {}

  async setTags(repository: string, tags: readonly Tag[]): Promise<TagsSet> {
    const { legs, index, stores, run } = this.#input;
    if (tags.length === 0) return { digest: undefined, tags: [] };
    const store = stores.find(({ name }) => name === repository);
    if (store === undefined) throw new Error(`no store ${repository}`);
    try {
      const before = await Promise.all(tags.map(({ name }) => store.headManifest(name)));
      const args = imagetoolsCommand({ repository, tags, legs, annotations: index.annotations });
      const { exitCode, stderr } = await run(args, "keep");
      if (exitCode !== 0) throw commandFailed(exitCode, stderr);
      const made = await this.#readBack(store, tags);
      const { digest } = made.descriptor;
      const outcomes = tags.map((tag, at) => ({
        repository,
        tag,
        outcome: before[at]?.digest === digest ? ("unchanged" as const) : ("set" as const),
      }));
      return { digest, tags: outcomes };
    } catch (error) {
      const problem = knownProblem(error);
      return { digest: undefined, tags: tags.map((tag) => ({ repository, tag, outcome: "failed" })), problem };
    }
  }

  async #readBack(store: Store, tags: readonly Tag[]): Promise<Manifest> {
    const [first, ...others] = tags;
    const made = first === undefined ? undefined : await store.getManifest(first.name);
    if (first === undefined || made === undefined) {
      throw new DigestToolsError({
        code: "verification-failed",
        message: `${store.name} has none of the tags just set`,
      });
    }
    for (const { name } of others) await checkTag(store, name, made.descriptor.digest);
    const { children } = parseIndex(made, store);
    const digests = (descriptors: readonly Descriptor[], images: boolean) =>
      descriptors.flatMap((child) => (isAttestation(child) === images ? [] : [child.digest])).toSorted();
    const sameImages = String(digests(children, true)) === String(digests(this.#input.index.children, true));
    const attested = digests(this.#input.index.children, false).every((digest) =>
      children.some((child) => child.digest === digest),
    );
    if (sameImages && attested) return made;
    throw new DigestToolsError({
      code: "verification-failed",
      message: `${nameIn(store, first.name)} does not hold exactly the legs' images and their attestations`,
      fix: "merge with --engine registry",
    });
  }
}

function commandFailed(exitCode: number, stderr: string): DigestToolsError {
  const last = stderr.trim().split("\n").at(-1) ?? "";
  return new DigestToolsError({
    code: "rejected",
    message: `docker buildx imagetools create ended with exit code ${exitCode}${last === "" ? "" : `: ${last}`}`,
    fix: "merge with --engine registry, or see what docker says",
  });
}
