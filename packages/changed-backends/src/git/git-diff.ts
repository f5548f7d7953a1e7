import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeTemporary, removeTemporary } from "@fanfold-internal/kit/process/temporary";
import type { ChangedFile } from "../base/diff.ts";
import type { Checkout } from "./checkout.ts";
import { type ListedPath, listCommit, readTexts, statusOf } from "./commit-tree.ts";
import { type Git, type GitAccess, gitFields, gitIn, gitText, withSettings } from "./git-command.ts";

export interface RemoteAccess extends GitAccess {
  /** Where to fetch from when the checkout names no origin. */
  readonly url: string | undefined;
  /** Sent to `tokenHost` only. */
  readonly token: string | undefined;
  readonly tokenHost: string | undefined;
}

export type CommittedFile =
  | { readonly kind: "text"; readonly text: string }
  /** The commit has no such file. */
  | { readonly kind: "absent" }
  | { readonly kind: "unreadable"; readonly message: string };

/** The commits of a checkout and, as far as they can be fetched, of its remote. */
export interface ScratchRepository {
  /** Undefined: git failed, or a commit could not be fetched. */
  diff(base: string, head: string): Promise<readonly ChangedFile[] | undefined>;
  readFile(commit: string, path: string): Promise<CommittedFile>;
  /** All paths of a commit; undefined: it could not be fetched. */
  list(commit: string): Promise<readonly ListedPath[] | undefined>;
  /** Texts of objects by their ids, those that the clone lacks in one fetch; without those that could not be had. */
  readTexts(ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
  close(): void;
}

/**
 * A temporary repository beside the user's clone: it sees all of the clone's objects, and keeps what it has to fetch for
 * itself, so that the clone never becomes shallow, partial or otherwise different.
 *
 * @throws Error that says why it could not be made
 */
export async function openScratch(checkout: Checkout, access: RemoteAccess): Promise<ScratchRepository> {
  const directory = await makeBeside(checkout, access);
  const place = { directory, bare: true };
  const local = gitIn({ ...place, network: "offline" }, access);
  const url = (await checkout.originUrl()) ?? access.url;
  const git =
    url === undefined
      ? local
      : gitIn(
          { ...place, network: "online" },
          { ...access, env: withSettings(access.env, remoteSettings(url, access)) },
        );

  const have = async (commit: string): Promise<boolean> => (await local(["cat-file", "-e", `${commit}^{tree}`])).ok;
  const ensure = async (...commits: readonly string[]): Promise<boolean> => {
    const missing: string[] = [];
    for (const commit of new Set(commits)) if (!(await have(commit))) missing.push(commit);
    if (missing.length === 0) return true;
    if (url === undefined) return false;
    await git(["fetch", ...FETCH, "origin", ...missing]);
    for (const commit of missing) if (!(await have(commit))) return false;
    return true;
  };
  return {
    diff: async (base, head) => ((await ensure(base, head)) ? readDiff(git, base, head) : undefined),
    readFile: async (commit, path) =>
      (await ensure(commit))
        ? readFile(git, commit, path)
        : { kind: "unreadable", message: `git cannot read commit ${commit.slice(0, 12)}` },
    list: async (commit) => ((await ensure(commit)) ? listCommit(local, commit) : undefined),
    async readTexts(ids) {
      const there = await readTexts(local, ids);
      const missing = ids.filter((id) => !there.has(id));
      if (missing.length === 0 || url === undefined) return there;
      await git(["fetch", ...FETCH, "--stdin", "origin"], missing.map((id) => `${id}\n`).join(""));
      return new Map([...there, ...(await readTexts(local, missing))]);
    },
    close: () => removeTemporary(directory),
  };
}

async function makeBeside({ objects, objectFormat }: Checkout, access: RemoteAccess): Promise<string> {
  const directory = makeTemporary("fanfold-git-");
  try {
    const init = ["init", "--quiet", "--bare", "--template=", `--object-format=${objectFormat}`, directory];
    const made = await gitIn({ directory, network: "offline" }, access)(init);
    if (!made.ok) throw new Error(made.stderr);
    writeFileSync(join(directory, "objects/info/alternates"), `${objects}\n`);
    return directory;
  } catch (error) {
    removeTemporary(directory);
    throw error;
  }
}

const FETCH = [
  "--quiet",
  "--depth=1",
  "--filter=blob:none",
  "--no-tags",
  "--no-write-fetch-head",
  "--no-auto-maintenance",
  "--recurse-submodules=no",
] as const;

async function readDiff(git: Git, base: string, head: string): Promise<readonly ChangedFile[] | undefined> {
  const options = ["-r", "--no-renames", "--name-status", "-z", "--no-ext-diff", "--no-textconv"];
  const result = await git(["diff-tree", ...options, base, head]);
  if (!result.ok) return undefined;
  const parts = gitFields(result);
  const files: ChangedFile[] = [];
  for (let index = 0; index + 1 < parts.length; index += 2) {
    const status = statusOf(parts[index] ?? "");
    files.push({ path: parts[index + 1] ?? "", previousPath: null, status });
  }
  return files;
}

async function readFile(git: Git, commit: string, path: string): Promise<CommittedFile> {
  const unreadable = (message: string): CommittedFile => ({ kind: "unreadable", message });
  const listed = await git(["--literal-pathspecs", "ls-tree", "-z", "--full-tree", commit, "--", path]);
  if (!listed.ok) return unreadable(`git cannot list ${path} in commit ${commit.slice(0, 12)}`);
  const [, mode, blob] = /^(\d+) blob ([0-9a-f]+)\t/.exec(gitText(listed)) ?? [];
  if (blob === undefined) return { kind: "absent" };
  if (mode === SYMBOLIC_LINK) return unreadable(LINK);
  const content = await git(["cat-file", "blob", blob]);
  return content.ok
    ? { kind: "text", text: new TextDecoder().decode(content.stdout) }
    : unreadable(`git cannot read ${path} of commit ${commit.slice(0, 12)}`);
}

const SYMBOLIC_LINK = "120000";

/** What git compares of a link is where it leads, so that a change of the file behind it would be missed. */
export const LINK = "it is a symbolic link; name the file that it leads to";

/** A promisor remote is what git asks for objects that a partial clone lacks. */
function remoteSettings(
  url: string,
  { token, tokenHost }: RemoteAccess,
): readonly (readonly [key: string, value: string])[] {
  const settings: (readonly [key: string, value: string])[] = [
    ["remote.origin.url", url],
    ["remote.origin.promisor", "true"],
    ["remote.origin.partialclonefilter", "blob:none"],
    // To name what the clone has would make the remote leave out what a shallow or partial clone only seems to have.
    ["fetch.negotiationAlgorithm", "noop"],
  ];
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (token && address?.host === tokenHost && (address?.protocol === "https:" || address?.protocol === "http:")) {
    const header = `http.${address.origin}/.extraheader`;
    const credentials = Buffer.from(`x-access-token:${token}`).toString("base64");
    // The empty one takes back those that are configured already: GitHub refuses two.
    settings.push([header, ""], [header, `AUTHORIZATION: basic ${credentials}`]);
  }
  return settings;
}
