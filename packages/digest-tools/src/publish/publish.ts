import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { diagnosticsOf } from "@fanfold-internal/kit/process/errors";
import { DigestToolsError, problem, warning } from "../base/error.ts";
import type { Descriptor, Digest } from "../oci/descriptor.ts";
import type { IndexChild } from "../oci/image-index.ts";
import { nameIn } from "../oci/image-name.ts";
import type { ManifestStore } from "../oci/store.ts";
import { signedDigests } from "../sign/signed-content.ts";
import type { Signer } from "../sign/signer.ts";
import { type Origin, type StandingTag, standingTags } from "../tags/moving-tag.ts";
import type { Tag } from "../tags/tags.ts";

export interface TagOutcome {
  readonly repository: string;
  readonly tag: Tag;
  /**
   * `kept`: a moving tag that stands for something newer and was left alone. `left`: a commit's tag that stands for another
   * index of the same images. `skipped`: not tried, because something before it failed.
   */
  readonly outcome: "set" | "unchanged" | "kept" | "left" | "failed" | "skipped";
}

export interface PublishOutcome {
  /** What the tags stand for; undefined when nothing came that far. */
  readonly digest: Digest | undefined;
  readonly tags: readonly TagOutcome[];
  /** None: everything is published, in every repository. */
  readonly problems: readonly Diagnostic[];
  /** Moving tags that were left alone, and why. */
  readonly warnings: readonly Diagnostic[];
}

export interface TagsSet {
  /** That of the index, the same in every repository; undefined when nobody knows it. */
  readonly digest: Digest | undefined;
  readonly tags: readonly TagOutcome[];
  /** Why the last one failed. */
  readonly problems: readonly Diagnostic[];
}

export interface TagsToSet {
  readonly tags: readonly Tag[];
  /** What they stand for was asked a moment ago: none stands for the index. */
  readonly asked: boolean;
}

/** How an index gets into a repository and its tags onto it. */
export interface PublishEngine {
  /** The index's digest, where it is known before the index is pushed; known wherever it was pushed. */
  readonly digest: Digest | undefined;
  /** Looks up what exists, together with the look for what the index names. */
  look(repository: string): Promise<void>;
  /** Pushes the index by digest, verified. */
  putIndex(repository: string): Promise<void>;
  /** Sets tags one after the other, each read back; ends at the first that fails. */
  setTags(repository: string, wanted: TagsToSet): Promise<TagsSet>;
}

export interface PublishInput {
  /** Everything that the index names. */
  readonly children: readonly IndexChild[];
  readonly tags: readonly Tag[];
  readonly stores: readonly ManifestStore[];
  readonly engine: PublishEngine;
  /** Undefined: images are not signed. */
  readonly signer?: Signer | undefined;
  /** What a fixed tag may stand for already; undefined: fixed tags may be overwritten. */
  readonly immutable: Digest | undefined;
  /** Where the image comes from: a moving tag is not moved to something older. Undefined: it may be. */
  readonly origin: Origin | undefined;
}

/**
 * Publishes one image in every repository. Each step is done everywhere before the next begins: everything that the index
 * names exists; the index is pushed by digest; it is signed; fixed tags; moving tags.
 */
export async function publish(input: PublishInput): Promise<PublishOutcome> {
  const { children, stores, engine, signer, tags, immutable, origin } = input;
  const fixed = tags.filter(({ kind }) => kind === "fixed");
  const moving = tags.filter(({ kind }) => kind === "moving");
  const board = new OutcomeBoard(stores, tags);

  const absent = await everywhere(stores, async (store) => {
    const [problems] = await Promise.all([
      checkBefore(store, children, immutable === undefined ? [] : fixed, immutable),
      engine.look(store.name),
    ]);
    return problems;
  });
  if (absent.length > 0) return board.result(absent);

  const unpushed = await everywhere(stores, async (store) => {
    await engine.putIndex(store.name);
    return [];
  });
  if (unpushed.length > 0) return board.result(unpushed);

  if (signer !== undefined) {
    const digests = signedDigests(
      engine.digest,
      children.map(({ descriptor }) => descriptor),
    );
    const unsigned = await everywhere(stores, ({ name }) => signer.sign(name, digests));
    if (unsigned.length > 0) return board.result(unsigned);
  }

  const unfixed = await everywhere(stores, async ({ name }) =>
    board.note(await engine.setTags(name, { tags: fixed, asked: false })),
  );
  if (unfixed.length > 0) return board.result(unfixed);

  const movable = new Map(stores.map((store) => [store.name, [...moving]]));
  const asked = origin !== undefined;
  const unread = await everywhere([stores], async () => {
    if (!asked || moving.length === 0) return [];
    const digest = board.digest ?? engine.digest;
    for (const found of await standingTags(stores, moving, { digest, origin })) {
      board.leave(found);
      movable.set(found.repository, movable.get(found.repository)?.filter((one) => one !== found.tag) ?? []);
    }
    return [];
  });
  if (unread.length > 0) return board.result(unread);

  const unmoved = await everywhere(stores, async ({ name }) =>
    board.note(await engine.setTags(name, { tags: movable.get(name) ?? [], asked })),
  );
  return board.result(unmoved);
}

/** The outcome of each tag in each repository. */
class OutcomeBoard {
  readonly #outcomes: Map<string, TagOutcome>;
  #digest: Digest | undefined;
  readonly #warnings: Diagnostic[] = [];

  constructor(stores: readonly ManifestStore[], tags: readonly Tag[]) {
    const all = tags.flatMap((tag) => stores.map(({ name }) => skipped(name, tag)));
    this.#outcomes = new Map(all.map((outcome) => [outcomeKey(outcome), outcome]));
  }

  get digest(): Digest | undefined {
    return this.#digest;
  }

  note({ digest, tags, problems }: TagsSet): readonly Diagnostic[] {
    for (const outcome of tags) this.#outcomes.set(outcomeKey(outcome), outcome);
    this.#digest ??= digest;
    return problems;
  }

  /** A tag that is not set. */
  leave(standing: StandingTag): void {
    const { repository, tag, digest } = standing;
    const outcome = { repository, tag, outcome: standing.kind === "kept" ? "kept" : "unchanged" } as const;
    this.#outcomes.set(outcomeKey(outcome), outcome);
    if (standing.kind !== "kept") return;
    const message = `${repository}:${tag.name} stays at ${digest}: ${standing.reason}`;
    this.#warnings.push(warning("tag-kept", { message, fix: "to move it nevertheless, use --allow-rollback" }));
  }

  result(problems: readonly Diagnostic[]): PublishOutcome {
    return {
      digest: this.#digest,
      tags: [...this.#outcomes.values()],
      problems,
      warnings: this.#warnings,
    };
  }
}

/** Reads a tag back. @throws DigestToolsError `verification-failed` when it stands for something else */
export async function checkTag(store: ManifestStore, tag: string, expected: Digest): Promise<void> {
  const found = await store.headManifest(tag);
  if (found?.digest === expected) return;
  throw new DigestToolsError({
    code: "verification-failed",
    message: `${nameIn(store, tag)} was set to ${expected}, but reads back as ${found?.digest ?? "nothing"}`,
    fix: "somebody else may have set it at the same time; run again",
  });
}

async function checkBefore(
  store: ManifestStore,
  children: readonly IndexChild[],
  fixed: readonly Tag[],
  immutable: Digest | undefined,
): Promise<readonly Diagnostic[]> {
  const checks = await Promise.all([
    ...children.map((child) => checkChild(store, child)),
    ...fixed.map((tag) => checkUnset(store, tag, immutable)),
  ]);
  return checks.flat();
}

/** What of these a store lacks, or has as something else. */
export async function missingChildren(
  stores: readonly ManifestStore[],
  children: readonly IndexChild[],
): Promise<readonly Diagnostic[]> {
  return everywhere(stores, async (store) => {
    const checks = await Promise.all(children.map((child) => checkChild(store, child)));
    return checks.flat();
  });
}

/** A registry may accept an index whose children it lacks, and nobody could pull it. */
async function checkChild(store: ManifestStore, { descriptor, what }: IndexChild): Promise<readonly Diagnostic[]> {
  const isAsNamed = (found: Descriptor) => found.size === descriptor.size && found.mediaType === descriptor.mediaType;
  const head = await store.headManifest(descriptor.digest);
  // A proxy may say what it likes about a body that it does not send.
  const found = head === undefined || isAsNamed(head) ? head : (await store.getManifest(descriptor.digest))?.descriptor;
  if (found === undefined) {
    return [
      problem("not-found", {
        message: `${what} is not in ${store.name}, or no longer`,
        fix: "the registry may have removed it as untagged: build that leg again, with push --anchor always",
      }),
    ];
  }
  if (isAsNamed(found)) return [];
  return [
    problem("verification-failed", {
      message: `${what} is named as ${descriptor.mediaType} of ${descriptor.size} bytes, but ${store.name} has ${found.mediaType} of ${found.size} bytes`,
      fix: "build that leg again",
    }),
  ];
}

async function checkUnset(store: ManifestStore, tag: Tag, allowed: Digest | undefined): Promise<readonly Diagnostic[]> {
  const found = await store.headManifest(tag.name);
  if (found === undefined || found.digest === allowed) return [];
  return [
    problem("tag-exists", {
      message: `${nameIn(store, tag.name)} stands for ${found.digest} already, and --immutable keeps fixed tags as they are`,
      fix: "publish under a new version, or leave --immutable out",
    }),
  ];
}

async function everywhere<Place>(
  places: readonly Place[],
  step: (place: Place) => Promise<readonly Diagnostic[]>,
): Promise<readonly Diagnostic[]> {
  const problems = await Promise.all(places.map((place) => step(place).catch(diagnosticsOf)));
  return problems.flat();
}

function skipped(repository: string, tag: Tag): TagOutcome {
  return { repository, tag, outcome: "skipped" };
}

function outcomeKey({ repository, tag }: TagOutcome): string {
  return `${repository} ${tag.name}`;
}
