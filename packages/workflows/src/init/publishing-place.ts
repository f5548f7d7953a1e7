import { UsageError } from "@fanfold-internal/kit/process/command";
import { repositoryName } from "../config/images.ts";

// What `images` fills in for each image.
const PLACEHOLDER = "{image}";

/**
 * `ghcr.io/owner/name`, or in the registry that is named, with or without a path of its own. A place with `{image}` in it is
 * taken as it stands: each image has a repository of its own.
 *
 * @throws UsageError
 */
export function publishingPlace(
  registry: string | undefined,
  origin: ReturnType<typeof ownerAndName>,
): PublishingPlace {
  if (registry?.includes(PLACEHOLDER) !== true) return { images: publishedAt(registry, origin), shared: true };
  if (isRepository(registry.replaceAll(PLACEHOLDER, "image"))) return { images: registry, shared: false };
  throw new UsageError(
    `--registry takes a place for each image such as quay.io/team/${PLACEHOLDER}, found ${JSON.stringify(registry)}`,
  );
}

export interface PublishingPlace {
  /** An item of `images`. */
  readonly images: string;
  /** All images share the repository, told apart by suffixes. */
  readonly shared: boolean;
}

/** @throws UsageError */
export function publishedAt(registry: string | undefined, origin: ReturnType<typeof ownerAndName>): string {
  const [owner, name] = [origin?.owner ?? "owner", origin?.name ?? "name"];
  const place = (registry ?? "ghcr.io").replace(/\/+$/, "");
  const repository = place.includes("/") ? `${place}/${name}` : `${place}/${owner}/${name}`;
  if (isRepository(repository)) return repository;
  throw new UsageError(
    `--registry takes a registry such as quay.io or quay.io/team, found ${JSON.stringify(registry)}`,
  );
}

/** With the registry's name in it. */
function isRepository(name: string): boolean {
  const host = name.split("/")[0] ?? "";
  const named = host.includes(".") || host.includes(":") || host === "localhost";
  return named && name.includes("/") && repositoryName(name) !== undefined;
}

/** `owner/name` of a remote repository's address, as a registry takes it. */
export function ownerAndName(url: string | undefined): { readonly owner: string; readonly name: string } | undefined {
  const [, owner, name] =
    /^(?:[a-z+]+:\/\/[^/]+\/|[^/:]+:)(?:.*\/)?([^/]+)\/([^/]+?)(?:\.git)?\/?$/.exec(url?.toLowerCase() ?? "") ?? [];
  if (owner === undefined || name === undefined || repositoryName(`ghcr.io/${owner}/${name}`) === undefined) return;
  return { owner, name };
}
