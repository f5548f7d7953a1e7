import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { diagnosticsOf } from "@fanfold-internal/kit/process/errors";
import { DigestToolsError, problem, warning } from "../base/error.ts";
import type { Digest } from "../oci/descriptor.ts";
import type { IndexLeg } from "../oci/image-index.ts";
import { nameIn } from "../oci/image-name.ts";
import { formatPlatform } from "../oci/platform.ts";
import type { ManifestStore } from "../oci/store.ts";
import { keptTag, type Origin } from "../tags/moving-tag.ts";
import type { Tag } from "../tags/tags.ts";

export interface TagOutcome {
  readonly repository: string;
  readonly tag: Tag;
  /**
   * `kept`: a moving tag that stands for something newer and was left alone. `skipped`: not tried, because something
   * before it failed.
   */
  readonly outcome: "set" | "unchanged" | "kept" | "failed" | "skipped";
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

/** How an index gets into a repository and its tags onto it. */
export interface PublishEngine {
  /** Looks up what exists, together with the look for the legs. */
  look(repository: string): Promise<void>;
  /** Pushes the index by digest, verified. */
  putIndex(repository: string): Promise<void>;
  /** Sets tags one after the other, each read back; ends at the first that fails. */
  setTags(repository: string, tags: readonly Tag[]): Promise<TagsSet>;
}

export interface PublishInput {
  readonly legs: readonly IndexLeg[];
  readonly tags: readonly Tag[];
  readonly stores: readonly ManifestStore[];
  readonly engine: PublishEngine;
  /** What a fixed tag may stand for already; undefined: fixed tags may be overwritten. */
  readonly immutable: Digest | undefined;
  /** Where the image comes from: a moving tag is not moved to something older. Undefined: it may be. */
  readonly origin: Origin | undefined;
}

/**
 * Publishes one image in every repository. Each step is done everywhere before the next begins: the legs exist; the index is
 * pushed by digest; fixed tags; moving tags.
 */
export async function publish(input: PublishInput): Promise<PublishOutcome> {
  const { stores, engine, tags, immutable, origin } = input;
  const fixed = tags.filter(({ kind }) => kind === "fixed");
  const moving = tags.filter(({ kind }) => kind === "moving");
  const board = new OutcomeBoard(stores, tags);

  const absent = await everywhere(stores, async (store) => {
    const [problems] = await Promise.all([
      checkBefore(store, input.legs, immutable === undefined ? [] : fixed, immutable),
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

  const unfixed = await everywhere(stores, async ({ name }) => board.note(await engine.setTags(name, fixed)));
  if (unfixed.length > 0) return board.result(unfixed);

  const unmoved = await everywhere(stores, async (store) => {
    const movable = origin === undefined ? moving : await movableTags(store, moving, origin, board);
    return board.note(await engine.setTags(store.name, movable));
  });
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

  note({ digest, tags, problems }: TagsSet): readonly Diagnostic[] {
    for (const outcome of tags) this.#outcomes.set(outcomeKey(outcome), outcome);
    this.#digest ??= digest;
    return problems;
  }

  keep(outcome: TagOutcome, message: string): void {
    this.#outcomes.set(outcomeKey(outcome), outcome);
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

async function movableTags(
  store: ManifestStore,
  moving: readonly Tag[],
  origin: Origin,
  board: OutcomeBoard,
): Promise<readonly Tag[]> {
  const reasons = await Promise.all(moving.map(({ name }) => keptTag(store, name, origin)));
  return moving.filter((tag, at) => {
    const reason = reasons[at];
    if (reason !== undefined) board.keep({ repository: store.name, tag, outcome: "kept" }, reason);
    return reason === undefined;
  });
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
  legs: readonly IndexLeg[],
  fixed: readonly Tag[],
  immutable: Digest | undefined,
): Promise<readonly Diagnostic[]> {
  const checks = await Promise.all([
    ...legs.map((leg) => checkLeg(store, leg)),
    ...fixed.map((tag) => checkUnset(store, tag, immutable)),
  ]);
  return checks.flat();
}

async function checkLeg(
  store: ManifestStore,
  { name, platform, descriptor }: IndexLeg,
): Promise<readonly Diagnostic[]> {
  const found = await store.headManifest(descriptor.digest);
  const leg = `${name} (${formatPlatform(platform)}, ${descriptor.digest})`;
  if (found === undefined) {
    return [
      problem("not-found", {
        message: `${leg} is not in ${store.name}, or no longer`,
        fix: "the registry may have removed it as untagged: build that leg again, with push --anchor always",
      }),
    ];
  }
  if (found.size === descriptor.size && found.mediaType === descriptor.mediaType) return [];
  return [
    problem("verification-failed", {
      message: `${leg} is recorded as ${descriptor.mediaType} of ${descriptor.size} bytes, but ${store.name} has ${found.mediaType} of ${found.size} bytes`,
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

async function everywhere(
  stores: readonly ManifestStore[],
  step: (store: ManifestStore) => Promise<readonly Diagnostic[]>,
): Promise<readonly Diagnostic[]> {
  const problems = await Promise.all(stores.map((store) => step(store).catch(diagnosticsOf)));
  return problems.flat();
}

function skipped(repository: string, tag: Tag): TagOutcome {
  return { repository, tag, outcome: "skipped" };
}

function outcomeKey({ repository, tag }: TagOutcome): string {
  return `${repository} ${tag.name}`;
}
