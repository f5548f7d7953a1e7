import { diagnosticsOf } from "@fanfold-internal/kit/process/errors";
import type { Digest } from "../oci/descriptor.ts";
import type { Manifest, ManifestStore } from "../oci/store.ts";
import type { Tag } from "../tags/tags.ts";
import { checkTag, type PublishEngine, type TagOutcome, type TagsSet, type TagsToSet } from "./publish.ts";

/** What is known of an index before it is published. */
export interface IndexHistory {
  /** It is in all repositories already, and among the children that are looked up. */
  readonly pushed: boolean;
  /** It may have been published before, by the same run or one that was cut short. */
  readonly again: boolean;
}

/**
 * Publishes by the stores' own requests: per repository a PUT of the index, then a PUT and a read-back for each tag. What may
 * have been published before costs a HEAD of the index first; where that is there, a tag that stands for it already is left
 * alone, so that a second run changes nothing.
 */
export class RegistryEngine implements PublishEngine {
  readonly #manifest: Manifest;
  readonly #stores: ReadonlyMap<string, ManifestStore>;
  readonly #again: boolean;
  /** Repositories that have the index. */
  readonly #there: Set<string>;

  constructor(manifest: Manifest, stores: readonly ManifestStore[], { pushed, again }: IndexHistory) {
    this.#manifest = manifest;
    this.#stores = new Map(stores.map((store) => [store.name, store]));
    this.#again = again;
    this.#there = new Set(pushed ? this.#stores.keys() : []);
  }

  get digest(): Digest {
    return this.#manifest.descriptor.digest;
  }

  async look(repository: string): Promise<void> {
    if (!this.#again || this.#there.has(repository)) return;
    const found = await this.#store(repository).headManifest(this.#manifest.descriptor.digest);
    if (found !== undefined) this.#there.add(repository);
  }

  async putIndex(repository: string): Promise<void> {
    if (this.#there.has(repository)) return;
    // The answer names the digest of what was stored, and the store compares it: that is the check.
    await this.#store(repository).putManifest(this.#manifest.descriptor.digest, this.#manifest);
  }

  async setTags(repository: string, { tags, asked }: TagsToSet): Promise<TagsSet> {
    const { digest } = this.#manifest.descriptor;
    const ask = this.#again && !asked && this.#there.has(repository);
    const done: TagOutcome[] = [];
    for (const tag of tags) {
      try {
        done.push({ repository, tag, outcome: await this.#setTag(repository, tag, ask) });
      } catch (error) {
        return { digest, tags: [...done, { repository, tag, outcome: "failed" }], problems: diagnosticsOf(error) };
      }
    }
    return { digest, tags: done, problems: [] };
  }

  async #setTag(repository: string, { name }: Tag, ask: boolean): Promise<"set" | "unchanged"> {
    const store = this.#store(repository);
    const { digest } = this.#manifest.descriptor;
    if (ask && (await store.headManifest(name))?.digest === digest) return "unchanged";
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
