import { diagnosticsOf } from "@fanfold-internal/kit/process/errors";
import type { Digest } from "../oci/descriptor.ts";
import type { Manifest, ManifestStore } from "../oci/store.ts";
import type { Tag } from "../tags/tags.ts";
import { checkTag, type PublishEngine, type TagOutcome, type TagsSet } from "./publish.ts";

/**
 * Publishes by the stores' own requests: per repository a HEAD of the index and a PUT where it is missing, then a PUT and a
 * read-back for each tag. Where the index existed before, a tag that stands for it already is left alone, so that a second
 * run changes nothing.
 */
export class RegistryEngine implements PublishEngine {
  readonly #manifest: Manifest;
  readonly #stores: ReadonlyMap<string, ManifestStore>;
  /** Repositories that had the index before: an earlier run, or one that was cut short, may have set tags. */
  readonly #seenBefore: Set<string>;

  /** @param pushed - it is in all of them already, and among the children that are looked up */
  constructor(manifest: Manifest, stores: readonly ManifestStore[], pushed = false) {
    this.#manifest = manifest;
    this.#stores = new Map(stores.map((store) => [store.name, store]));
    this.#seenBefore = new Set(pushed ? this.#stores.keys() : []);
  }

  get digest(): Digest {
    return this.#manifest.descriptor.digest;
  }

  async look(repository: string): Promise<void> {
    if (this.#seenBefore.has(repository)) return;
    const found = await this.#store(repository).headManifest(this.#manifest.descriptor.digest);
    if (found !== undefined) this.#seenBefore.add(repository);
  }

  async putIndex(repository: string): Promise<void> {
    if (this.#seenBefore.has(repository)) return;
    // The answer names the digest of what was stored, and the store compares it: that is the check.
    await this.#store(repository).putManifest(this.#manifest.descriptor.digest, this.#manifest);
  }

  async setTags(repository: string, tags: readonly Tag[]): Promise<TagsSet> {
    const { digest } = this.#manifest.descriptor;
    const done: TagOutcome[] = [];
    for (const tag of tags) {
      try {
        done.push({ repository, tag, outcome: await this.#setTag(repository, tag) });
      } catch (error) {
        return { digest, tags: [...done, { repository, tag, outcome: "failed" }], problems: diagnosticsOf(error) };
      }
    }
    return { digest, tags: done, problems: [] };
  }

  async #setTag(repository: string, { name }: Tag): Promise<"set" | "unchanged"> {
    const store = this.#store(repository);
    const { digest } = this.#manifest.descriptor;
    if (this.#seenBefore.has(repository) && (await store.headManifest(name))?.digest === digest) return "unchanged";
    await store.putManifest(name, this.#manifest);
    await checkTag(store, name, digest);
    return "set";
  }

  #store(repository: string): ManifestStore {
    const store = this.#stores.get(repository);
    if (store === undefined) throw new Error(`no store ${repository}`);
    return store;
  }
}
