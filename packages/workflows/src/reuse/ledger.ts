import { cost, type MetadataEvent } from "@fanfold/digest-tools/planning";
import type { Family } from "../config/family.ts";
import { repositoryName } from "../config/images.ts";
import { type PublishedImage, publishedImages } from "../published/published-images.ts";

/** The tags by which it is known what a branch has published of an image. */
export interface LedgerTags {
  /** The first of the moving ones: what stands there is what is published. */
  readonly ledger: string;
  /** All that move with the branch, the ledger first. */
  readonly moving: readonly string[];
}

/** Where the ledger tag is read. */
export interface LedgerReader {
  /** A repository's name. */
  readonly repository: string;
  /** It is none of the image's own: what stands under a tag is asked there, and read here. */
  readonly mirror: boolean;
}

/**
 * By the ids of images that the merge publishes, the tags that a push to the branch moves. A name with a date or a commit in it
 * is another one tomorrow, and no ledger. Images without such a tag are left out.
 */
export function ledgerTags(
  family: Pick<Family, "config" | "matrix" | "identity" | "metadata">,
  event: MetadataEvent,
  branch: string,
): ReadonlyMap<string, LedgerTags> {
  const push = { ...event, name: "push", ref: `refs/heads/${branch}`, baseRef: "" };
  const images = publishedImages(family, push).filter(({ merged }) => merged);
  const later = writesExpressions(family) ? publishedImages(family, nextYear(push)) : images;
  const lasting = new Map(later.map((image) => [image.group.identity.id, new Set(movingTags(image))]));
  return new Map(
    images.flatMap((image): readonly (readonly [string, LedgerTags])[] => {
      const { id } = image.group.identity;
      const moving = movingTags(image).filter((tag) => lasting.get(id)?.has(tag) === true);
      const [ledger] = moving;
      return ledger === undefined ? [] : [[id, { ledger, moving }]];
    }),
  );
}

/**
 * The repository that an image's ledger is read from: of the registry that the config names, else the first that does not count
 * what is read. Undefined: there is none.
 */
export function ledgerReader(repositories: readonly string[], registry: string | undefined): LedgerReader | undefined {
  const [first] = repositories;
  if (registry === undefined || first === undefined) {
    const repository = repositories.find((name) => cost({ name }) === 0);
    return repository === undefined ? undefined : { repository, mirror: false };
  }
  const own = repositories.find((name) => repositoryName(name)?.startsWith(`${registry.toLowerCase()}/`) === true);
  if (own !== undefined) return { repository: own, mirror: false };
  const name = repositoryName(first) ?? first;
  return { repository: `${registry}${name.slice(name.indexOf("/"))}`, mirror: true };
}

/** Another push, of another commit, in another year, month, day and hour. */
function nextYear(push: MetadataEvent): MetadataEvent {
  const now = new Date(push.now.getTime() + (397 * 24 + 1) * 3_600_000);
  return { ...push, now, commitDate: now, sha: [...push.sha].toReversed().join("") };
}

function movingTags({ metadata }: PublishedImage): readonly string[] {
  return metadata.tags.flatMap(({ name, kind }) => (kind === "moving" ? [name] : []));
}

function writesExpressions({ config }: Pick<Family, "config">): boolean {
  const { tags = [], flavor = [] } = config.config.metadata ?? {};
  return [...tags, ...flavor].some((line) => line.includes("{{"));
}
