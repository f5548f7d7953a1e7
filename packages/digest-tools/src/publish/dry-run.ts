import type { Readable } from "node:stream";
import { imagetoolsCommand } from "../docker/buildx-command.ts";
import type { Descriptor, Digest } from "../oci/descriptor.ts";
import type { ImageSource, Manifest, ManifestReference, ManifestStore } from "../oci/store.ts";
import type { Signer } from "../sign/signer.ts";
import { type BuildxEngineInput, type PartialCommand, sourceOf } from "./buildx-engine.ts";
import type { PublishEngine, TagsSet, TagsToSet } from "./publish.ts";

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
  | { readonly kind: "command"; readonly arguments: readonly string[] }
  /** Signed by cosign, unless it carries a signature already. */
  | { readonly kind: "signature"; readonly repository: string; readonly digest: Digest };

export type Note = (step: PlannedStep) => void;

/**
 * Replaces a store in a dry run: notes each request about manifests and makes none. What the index names is taken to exist,
 * and so is what has been put; nothing else.
 */
export class DryRunStore implements ManifestStore {
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
}

/** Makes the requests that reading an image takes, and notes them: what the legs hold is needed in a dry run too. */
export class NotedStore implements ImageSource {
  readonly name: string;
  readonly #source: ImageSource;
  readonly #note: Note;

  constructor(source: ImageSource, note: Note) {
    this.name = source.name;
    this.#source = source;
    this.#note = note;
  }

  getManifest(reference: ManifestReference): Promise<Manifest | undefined> {
    this.#note({ kind: "request", method: "GET", repository: this.name, reference });
    return this.#source.getManifest(reference);
  }

  getBlob(descriptor: Descriptor): Promise<Readable> {
    this.#note({ kind: "request", method: "GET", repository: this.name, reference: descriptor.digest });
    return this.#source.getBlob(descriptor);
  }
}

// Docker makes its own index, whose bytes are unknown before docker has run.
const DOCKERS_DIGEST: Digest = "sha256:…";

interface DryRunBuildx extends Pick<BuildxEngineInput, "legs" | "index" | "pushed"> {
  readonly note: Note;
}

/** Replaces the engine that runs docker: notes its commands, and the requests before and after them. */
export class DryRunBuildxEngine implements PublishEngine {
  readonly #input: DryRunBuildx;

  constructor(input: DryRunBuildx) {
    this.#input = input;
  }

  /** Of an image that docker leaves as it is. */
  get digest(): Digest | undefined {
    return this.#input.pushed ? this.#input.index.manifest.descriptor.digest : undefined;
  }

  async look(): Promise<void> {}

  async putIndex(repository: string): Promise<void> {
    if (this.#input.pushed) return;
    this.#command({ repository, tags: [], dryRun: true });
    this.#head(repository, DOCKERS_DIGEST);
    this.#command({ repository, tags: [], digest: DOCKERS_DIGEST });
    this.#head(repository, DOCKERS_DIGEST);
  }

  async setTags(repository: string, { tags, asked }: TagsToSet): Promise<TagsSet> {
    const { digest } = this;
    if (tags.length === 0) return { digest, tags: [], problems: [] };
    if (!asked) for (const { name } of tags) this.#head(repository, name);
    this.#command({ repository, tags });
    for (const { name } of tags) this.#head(repository, name);
    return { digest, tags: tags.map((tag) => ({ repository, tag, outcome: "set" })), problems: [] };
  }

  #command(command: PartialCommand): void {
    this.#input.note({ kind: "command", arguments: imagetoolsCommand({ ...command, ...sourceOf(this.#input) }) });
  }

  #head(repository: string, reference: ManifestReference): void {
    this.#input.note({ kind: "request", method: "HEAD", repository, reference });
  }
}

/** Replaces the signer in a dry run. */
export class DryRunSigner implements Signer {
  readonly #note: Note;

  constructor(note: Note) {
    this.#note = note;
  }

  async sign(repository: string, digests: readonly Digest[]): Promise<readonly []> {
    for (const digest of digests) this.#note({ kind: "signature", repository, digest });
    return [];
  }
}
