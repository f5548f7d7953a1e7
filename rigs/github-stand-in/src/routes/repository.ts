import { tryGit } from "../git/git.ts";
import { type Addresses, repositoryId } from "../http/addresses.ts";
import type { Call, World } from "../http/call.ts";
import { json, type Reply } from "../http/reply.ts";

/** `GET /repos/{owner}/{repo}` */
export async function getRepository({ world, addresses }: Call): Promise<Reply> {
  return json(await repositoryJson(world, addresses));
}

export async function repositoryJson(world: World, addresses: Addresses): Promise<Readonly<Record<string, unknown>>> {
  const { owner, name } = world;
  return {
    id: repositoryId,
    name,
    full_name: `${owner}/${name}`,
    owner: { login: owner, id: 1, type: "Organization" },
    private: false,
    fork: false,
    url: addresses.repositoryApi,
    html_url: addresses.repositoryWeb,
    clone_url: `${addresses.repositoryWeb}.git`,
    default_branch: await defaultBranch(world),
  };
}

export async function defaultBranch(world: World): Promise<string> {
  if (world.defaultBranch !== null) return world.defaultBranch;
  const head = await tryGit(world.gitDir, ["symbolic-ref", "--short", "--quiet", "HEAD"]);
  return head.status === 0 ? head.stdout.toString().trim() : "main";
}
