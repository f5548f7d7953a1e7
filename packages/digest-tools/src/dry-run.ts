import type { Readable } from "node:stream";
import { imagetoolsCommand } from "./buildx-command.ts";
import type { Descriptor, Digest } from "./descriptor.ts";
import type { BuiltIndex, IndexLeg } from "./image-index.ts";
import type { PublishEngine, TagsSet } from "./publish.ts";
import type { Manifest, ManifestReference, Store } from "./store.ts";
import type { Tag } from "./tags.ts";

/** What a run would do, in its order. Token requests are not among it. */
export type PlannedStep =
  | {
      readonly kind: "request";
      readonly method: "HEAD" | "GET" | "PUT";
      readonly repository: string;
      /** A tag or a digest. */
      readonly reference: ManifestReference;
      /** What a PUT sends. */
      readonly bytes?: number;
    }
  /** A command of docker, by its arguments. */
  | { readonly kind: "command"; readonly arguments: readonly string[] };

type Note = (step: PlannedStep) => void;

/**
 * Stands in for a store in a dry run: notes each request about manifests and makes none. What the legs' records speak of
 * is taken to be there, and so is what has been put; nothing else is.
 */
export class DryRunStore implements Store {
  readonly name: string;
  readonly #note: Note;
  readonly #there: Map<ManifestReference, Descriptor>;

  constructor(name: string, recorded: readonly Descriptor[], note: Note) {
    this.name = name;
    this.#note = note;
    this.#there = new Map(recorded.map((descriptor) => [descriptor.digest, descriptor]));
  }

  async headManifest(reference: ManifestReference): Promise<Descriptor | undefined> {
    this.#note({ kind: "request", method: "HEAD", repository: this.name, reference });
    return this.#there.get(reference);
  }

  async getManifest(reference: ManifestReference): Promise<Manifest | undefined> {
    this.#note({ kind: "request", method: "GET", repository: this.name, reference });
    return undefined;
  }

  async putManifest(reference: ManifestReference, { descriptor, bytes }: Manifest): Promise<void> {
    this.#note({ kind: "request", method: "PUT", repository: this.name, reference, bytes: bytes.length });
    this.#there.set(reference, descriptor);
    this.#there.set(descriptor.digest, descriptor);
  }

  hasBlob(_digest: Digest): Promise<boolean> {
    return unused();
  }

  getBlob(_descriptor: Descriptor): Promise<Readable> {
    return unused();
  }

  putBlob(): Promise<void> {
    return unused();
  }
}

/** Stands in for the engine that runs docker. */
export class DryRunBuildxEngine implements PublishEngine {
  readonly #legs: readonly IndexLeg[];
  readonly #index: BuiltIndex;
  readonly #note: Note;

  constructor(legs: readonly IndexLeg[], index: BuiltIndex, note: Note) {
    this.#legs = legs;
    this.#index = index;
    this.#note = note;
  }

  async look(): Promise<void> {}

  async putIndex(): Promise<void> {}

  async setTags(repository: string, tags: readonly Tag[]): Promise<TagsSet> {
    const { annotations, manifest } = this.#index;
    if (tags.length === 0) return { digest: undefined, tags: [] };
    this.#note({
      kind: "command",
      arguments: imagetoolsCommand({ repository, tags, legs: this.#legs, annotations }),
    });
    return { digest: manifest.descriptor.digest, tags: tags.map((tag) => ({ repository, tag, outcome: "set" })) };
  }
}

function unused(): never {
  throw new Error("merging touches no blobs");
}
