import { tryGit } from "../git/git.ts";
import { StandInError } from "../git/stand-in-error.ts";
import type { Call, Release } from "../http/call.ts";
import { json, notFound, type Reply, refusal } from "../http/reply.ts";

/**
 * `GET /repos/{owner}/{repo}/releases/tags/{tag}`
 * https://docs.github.com/rest/releases/releases#get-a-release-by-tag-name
 */
export function getRelease({ world, addresses }: Call, tag: string): Reply {
  const release = world.releases.get(tag);
  return release === undefined ? notFound() : json(releaseJson(release, addresses.repositoryWeb));
}

/**
 * `POST /repos/{owner}/{repo}/releases`, of a tag that is there: GitHub makes one that is not, and the repository is only
 * ever read here. https://docs.github.com/rest/releases/releases#create-a-release
 */
export async function createRelease({ world, addresses }: Call, body: unknown): Promise<Reply> {
  const { tag_name: tag, name, body: notes }: Readonly<Record<string, unknown>> = Object(body);
  if (typeof tag !== "string" || tag === "") return invalid("missing_field");
  if (world.releases.has(tag)) return invalid("already_exists");
  const found = await tryGit(world.gitDir, ["rev-parse", "--verify", "--quiet", `refs/tags/${tag}`]);
  if (found.status !== 0) {
    throw new StandInError({
      code: "request-failed",
      message: `no tag ${tag}: GitHub would make it, the stand-in does not`,
    });
  }
  const release: Release = { id: world.releases.size + 1, tag, name: String(name ?? tag), body: String(notes ?? "") };
  world.releases.set(tag, release);
  return json(releaseJson(release, addresses.repositoryWeb), 201);
}

function invalid(code: string): Reply {
  return refusal(422, "Validation Failed", { errors: [{ resource: "Release", code, field: "tag_name" }] });
}

function releaseJson({ id, tag, name, body }: Release, web: string): unknown {
  return { id, tag_name: tag, name, body, draft: false, prerelease: false, html_url: `${web}/releases/tag/${tag}` };
}
