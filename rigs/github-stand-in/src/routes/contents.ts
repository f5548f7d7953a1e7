import { posix } from "node:path";
import { resolveName } from "../git/revisions.ts";
import { findEntry, linkTarget, listTree, readBlob, type TreeEntry } from "../git/tree.ts";
import type { Call, World } from "../http/call.ts";
import { json, notFound, type Reply, refusal } from "../http/reply.ts";
import { defaultBranch } from "./repository.ts";

const MiB = 1024 * 1024;

type Row = Readonly<Record<string, unknown>>;

/**
 * `GET /repos/{owner}/{repo}/contents/{path}?ref=`: up to 1 MB inside the JSON, up to 100 MB as raw bytes, not at all
 * above. https://docs.github.com/rest/repos/contents#get-repository-content
 */
export async function getContents(call: Call, path: Buffer): Promise<Reply> {
  const { world, url, accept } = call;
  const ref = url.searchParams.get("ref") ?? (await defaultBranch(world));
  const root = await resolveName(world.gitDir, ref, "tree");
  if (root === null) return refusal(404, `No commit found for the ref ${ref}`);
  const found = await findEntry(world.gitDir, root, path);
  if (found === null) return notFound();
  if (found.type === "tree") {
    const entries = await listTree(world.gitDir, found.sha, "flat");
    return json(entries.slice(0, 1_000).map((entry) => listed(call, ref, within(path, entry))));
  }
  if (found.type === "commit") return json(listed(call, ref, found, "submodule"));
  const target = found.mode === "120000" ? await followLink(world, root, found) : found;
  if (target === null) {
    const link = (await readBlob(world.gitDir, found.sha)).toString();
    return json({ ...listed(call, ref, found, "symlink"), target: link });
  }
  return await fileReply(call, ref, target, accept);
}

async function fileReply(call: Call, ref: string, file: TreeEntry, accept: string): Promise<Reply> {
  const size = file.size ?? 0;
  if (size > 100 * MiB) {
    const errors = [{ resource: "Blob", field: "data", code: "too_large" }];
    return refusal(403, "This API returns blobs up to 100 MB in size. The requested blob is too large to fetch.", {
      errors,
    });
  }
  const rawType = /application\/vnd\.github(?:\.v3)?\.raw(?:\+json)?/.exec(accept)?.[0];
  if (rawType !== undefined) {
    const bytes = await readBlob(call.world.gitDir, file.sha);
    return { status: 200, headers: {}, body: { kind: "bytes", contentType: `${rawType}; charset=utf-8`, bytes } };
  }
  const row = listed(call, ref, file, "file");
  if (size > MiB) return json({ ...row, content: "", encoding: "none" });
  const bytes = await readBlob(call.world.gitDir, file.sha);
  return json({ ...row, content: wrapped(bytes.toString("base64")), encoding: "base64" });
}

/** A link to a file of the repository is answered with that file; `null` when it leads elsewhere. */
async function followLink({ gitDir }: World, root: string, link: TreeEntry): Promise<TreeEntry | null> {
  const target = await findEntry(gitDir, root, linkTarget(link.path, await readBlob(gitDir, link.sha)));
  return target?.type === "blob" && target.mode !== "120000" ? target : null;
}

function listed({ addresses }: Call, ref: string, entry: TreeEntry, type: string = contentType(entry)): Row {
  const path = entry.path.toString();
  const escaped = path.split("/").map(encodeURIComponent).join("/");
  const url = `${addresses.repositoryApi}/contents/${escaped}?ref=${encodeURIComponent(ref)}`;
  const kind = entry.type === "tree" ? "tree" : "blob";
  const page = `${addresses.repositoryWeb}/${kind}/${ref}/${escaped}`;
  const gitUrl = `${addresses.repositoryApi}/git/${kind}s/${entry.sha}`;
  return {
    name: posix.basename(path),
    path,
    sha: entry.sha,
    size: entry.size ?? 0,
    url,
    html_url: page,
    git_url: gitUrl,
    download_url: entry.type === "blob" ? `${addresses.repositoryWeb}/raw/${ref}/${escaped}` : null,
    type,
    _links: { self: url, git: gitUrl, html: page },
  };
}

/** In a listing a submodule is called a file, as GitHub keeps it for old clients. */
function contentType({ type, mode }: TreeEntry): string {
  if (type === "tree") return "dir";
  return mode === "120000" ? "symlink" : "file";
}

function within(directory: Buffer, entry: TreeEntry): TreeEntry {
  if (directory.length === 0) return entry;
  return { ...entry, path: Buffer.concat([directory, Buffer.from("/"), entry.path]) };
}

/** Lines of 60 characters, each ended, as GitHub sends base64. */
function wrapped(base64: string): string {
  return base64.replace(/.{1,60}/g, "$&\n");
}
