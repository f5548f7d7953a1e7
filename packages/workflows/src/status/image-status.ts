import type { ReuseState } from "../reuse/published-state.ts";
import type { ImageState } from "../reuse/published-states.ts";

/** One image: what a branch has published of it, and whether that is what the commit would build. */
export interface ImageStatus {
  /** Its name. */
  readonly image: string;
  /** Null: there is no tag by which that could be known. */
  readonly state: ReuseState | null;
  readonly repositories: readonly string[];
  /** The tag that says what is published. */
  readonly tag: string | null;
  readonly digest: string | null;
  /** The commit that was published last, or whose content was. */
  readonly revision: string | null;
  /** When that commit was made, in ISO 8601; null: the clone does not have it. */
  readonly date: string | null;
  /** The run that published it. */
  readonly run: string | null;
  /** Content keys: of what is published, and of what the commit would build. */
  readonly published: string | null;
  readonly expected: string | null;
  /** Whether it carries a signature that counts, in every repository; null: images are not signed, or that is not known. */
  readonly signed: boolean | null;
  /** What differs, for people; empty: nothing. */
  readonly why: string;
}

/** What `fanfold status --json` prints. */
export interface StatusDocument {
  readonly schema: "fanfold.status/1";
  /** Whose tags were read, and the commit that they are held against. */
  readonly branch: string;
  readonly commit: string | null;
  /** In file order. */
  readonly images: readonly ImageStatus[];
}

/** States of images that are not published as the commit would build them. Of others nothing is known, or nothing differs. */
export const NOT_PUBLISHED: readonly ReuseState[] = ["stale", "absent", "incomplete"];

/** @param dateOf - when a commit was made */
export function imageStatus(
  { image, key, published, signed }: ImageState,
  dateOf: (commit: string) => string | undefined,
): ImageStatus {
  const { standing, ledger = "" } = published ?? {};
  const revision = standing?.revision ?? null;
  const tag = ledger.slice(ledger.lastIndexOf(":") + 1);
  return {
    image: image.group.identity.name,
    state: published?.state ?? null,
    repositories: image.repositories,
    tag: tag === "" ? null : tag,
    digest: standing?.digest ?? null,
    revision,
    date: revision === null ? null : (dateOf(revision) ?? null),
    run: standing?.run ?? null,
    published: standing?.contentKey ?? null,
    expected: key,
    signed,
    why: published?.why ?? "no tag says what is published",
  };
}
