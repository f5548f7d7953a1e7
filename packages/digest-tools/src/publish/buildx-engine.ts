import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { diagnosticsOf } from "@fanfold-internal/kit/process/errors";
import { DigestToolsError } from "../base/error.ts";
import { type ImagetoolsCommand, imagetoolsCommand } from "../docker/buildx-command.ts";
import type { RunDocker } from "../docker/docker.ts";
import { type Descriptor, type Digest, OCI_INDEX } from "../oci/descriptor.ts";
import { digestOf } from "../oci/digest.ts";
import { parseIndex } from "../oci/image-content.ts";
import { type BuiltIndex, type IndexLeg, isAttestation } from "../oci/image-index.ts";
import { nameIn } from "../oci/image-name.ts";
import type { ManifestStore } from "../oci/store.ts";
import type { Tag } from "../tags/tags.ts";
import { checkTag, type PublishEngine, type TagOutcome, type TagsSet, type TagsToSet } from "./publish.ts";

export interface BuildxEngineInput {
  readonly legs: readonly IndexLeg[];
  /** Of legs, or one of them as it is, where `pushed` says so. */
  readonly index: BuiltIndex;
  readonly pushed: boolean;
  readonly stores: readonly ManifestStore[];
  readonly run: RunDocker;
}

/**
 * Publishes with `docker buildx imagetools create`, in three commands and the order that every engine keeps: what docker would
 * make is printed and held against the legs; it is pushed under the digest of those bytes; then come the tags, with one
 * command for the fixed ones and one for the moving ones. What docker has pushed is asked for by our own requests.
 */
export class BuildxEngine implements PublishEngine {
  readonly #input: BuildxEngineInput;
  /** What docker makes, by repository. */
  readonly #made = new Map<string, Digest>();

  constructor(input: BuildxEngineInput) {
    this.#input = input;
  }

  /** Docker makes its own index, with its own bytes. */
  get digest(): Digest | undefined {
    return [...this.#made.values()][0];
  }

  async look(): Promise<void> {}

  async putIndex(repository: string): Promise<void> {
    const store = this.#store(repository);
    if (this.#input.pushed) {
      this.#made.set(repository, this.#input.index.manifest.descriptor.digest);
      return;
    }
    const digest = await this.#make(store);
    if ((await store.headManifest(digest)) !== undefined) return;
    await this.#create({ repository, tags: [], digest });
    if ((await store.headManifest(digest)) !== undefined) return;
    throw new DigestToolsError({
      code: "verification-failed",
      message: `docker pushed ${nameIn(store, digest)}, but ${repository} does not have it`,
      fix: "run again, or merge with --engine registry",
    });
  }

  async setTags(repository: string, { tags, asked }: TagsToSet): Promise<TagsSet> {
    const store = this.#store(repository);
    const digest = this.#made.get(repository);
    if (digest === undefined) throw new Error(`no index in ${repository}`);
    const problems: Diagnostic[] = [];
    const known = new Set<Tag>();
    try {
      const before = asked ? [] : await Promise.all(tags.map(({ name }) => store.headManifest(name)));
      for (const [at, tag] of tags.entries()) if (before[at]?.digest === digest) known.add(tag);
      const others = tags.filter((tag) => !known.has(tag));
      if (others.length > 0) await this.#create({ repository, tags: others });
    } catch (error) {
      problems.push(...diagnosticsOf(error));
    }
    // Docker sets them at once and reports only the first that failed: each is read back.
    const outcomes: TagOutcome[] = [];
    for (const tag of tags) {
      try {
        if (!known.has(tag)) await checkTag(store, tag.name, digest);
        outcomes.push({ repository, tag, outcome: known.has(tag) ? "unchanged" : "set" });
      } catch (error) {
        problems.push(...diagnosticsOf(error));
        outcomes.push({ repository, tag, outcome: "failed" });
      }
    }
    // What was read back differs because docker failed: its own words are the cause.
    return { digest, tags: outcomes, problems: problems.slice(0, 1) };
  }

  /** What docker makes of the legs that are in this repository, without pushing it. */
  async #make(store: ManifestStore): Promise<Digest> {
    const printed = await this.#create({ repository: store.name, tags: [], dryRun: true });
    const bytes = Buffer.from(printed);
    const digest = digestOf(bytes);
    const { children } = parseIndex({ bytes, descriptor: { mediaType: OCI_INDEX, digest, size: bytes.length } }, store);
    this.#assertOurs(store, children);
    const other = [...this.#made].find(([, made]) => made !== digest);
    if (other !== undefined) {
      throw new DigestToolsError({
        code: "diverging-digests",
        message: `docker makes ${digest} of the legs in ${store.name}, but ${other[1]} in ${other[0]}`,
        fix: "merge with --engine registry, which pushes the same bytes everywhere",
      });
    }
    this.#made.set(store.name, digest);
    return digest;
  }

  #assertOurs(store: ManifestStore, children: readonly Descriptor[]): void {
    const digests = (descriptors: readonly Descriptor[], images: boolean) =>
      descriptors.flatMap((child) => (isAttestation(child) === images ? [] : [child.digest])).toSorted();
    const ours = this.#input.index.children.map(({ descriptor }) => descriptor);
    const sameImages = String(digests(children, true)) === String(digests(ours, true));
    const attested = digests(ours, false).every((digest) => children.some((child) => child.digest === digest));
    if (sameImages && attested) return;
    throw new DigestToolsError({
      code: "verification-failed",
      message: `the index that docker makes of the legs in ${store.name} does not hold exactly their images and attestations`,
      fix: "merge with --engine registry",
    });
  }

  /** Its output, without the line's end. */
  async #create(command: PartialCommand): Promise<string> {
    const { run } = this.#input;
    const args = imagetoolsCommand({ ...command, ...sourceOf(this.#input) });
    const { exitCode, stderr, stdout = "" } = await run(args, "keep");
    if (exitCode === 0) return stdout;
    const last = stderr.trim().split("\n").at(-1) ?? "";
    throw new DigestToolsError({
      code: "rejected",
      message: `docker buildx imagetools create for ${targetOf(command)} ended with exit code ${exitCode}${last === "" ? "" : `: ${last}`}`,
      fix: "mend what docker says, or merge with --engine registry",
    });
  }

  #store(repository: string): ManifestStore {
    const store = this.#input.stores.find(({ name }) => name === repository);
    if (store === undefined) throw new Error(`no store ${repository}`);
    return store;
  }
}

/** What differs from one command to the next. */
export type PartialCommand = Omit<ImagetoolsCommand, "legs" | "annotations" | "asIs">;

/** What docker makes an index of, or leaves as it is. */
export function sourceOf({
  legs,
  index,
  pushed,
}: Pick<BuildxEngineInput, "legs" | "index" | "pushed">): Pick<ImagetoolsCommand, "legs" | "annotations" | "asIs"> {
  return pushed
    ? { legs: [index.manifest.descriptor], annotations: {}, asIs: true }
    : { legs: legs.map(({ descriptor }) => descriptor), annotations: index.annotations, asIs: false };
}

function targetOf({ repository, tags, digest }: Pick<ImagetoolsCommand, "repository" | "tags" | "digest">): string {
  const references = [...tags.map(({ name }) => name), ...(digest === undefined ? [] : [digest])];
  return references.map((reference) => nameIn({ name: repository }, reference)).join(", ") || repository;
}
