import { UsageError } from "@fanfold-internal/kit/process/command";
import { repositoryName } from "../config/images.ts";

/** `ghcr.io/owner/name`, or in the registry that is named, with or without a path of its own. */
export function publishedAt(registry: string | undefined, origin: ReturnType<typeof ownerAndName>): string {
  const [owner, name] = [origin?.owner ?? "owner", origin?.name ?? "name"];
  const place = (registry ?? "ghcr.io").replace(/\/+$/, "");
  const repository = place.includes("/") ? `${place}/${name}` : `${place}/${owner}/${name}`;
  const host = place.split("/")[0] ?? "";
  if ((host.includes(".") || host.includes(":") || host === "localhost") && repositoryName(repository) !== undefined) {
    return repository;
  }
  throw new UsageError(
    `--registry takes a registry such as quay.io or quay.io/team, found ${JSON.stringify(registry)}`,
  );
}

/** `owner/name` of a remote repository's address, as a registry takes it. */
export function ownerAndName(url: string | undefined): { readonly owner: string; readonly name: string } | undefined {
  const [, owner, name] =
    /^(?:[a-z+]+:\/\/[^/]+\/|[^/:]+:)(?:.*\/)?([^/]+)\/([^/]+?)(?:\.git)?\/?$/.exec(url?.toLowerCase() ?? "") ?? [];
  if (owner === undefined || name === undefined || repositoryName(`ghcr.io/${owner}/${name}`) === undefined) return;
  return { owner, name };
}
