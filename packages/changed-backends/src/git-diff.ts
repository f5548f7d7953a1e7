import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Checkout, fields } from "./checkout.ts";
import type { ChangedFile, FileStatus } from "./diff.ts";
import { type Git, gitIn } from "./git-command.ts";

export interface RemoteAccess {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where to fetch from when the checkout names no origin. */
  readonly url: string | undefined;
  /** Sent to `tokenHost` only. */
  readonly token: string | undefined;
  readonly tokenHost: string | undefined;
}

export type ScratchFile =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "absent" }
  | { readonly kind: "unreadable" };

/** Two commits of a checkout, some of which may lie only with its remote. */
export interface ScratchRepository {
  /** Undefined: git failed, or a commit could not be had. */
  diff(base: string, head: string): Promise<readonly ChangedFile[] | undefined>;
  /** `absent`: the commit has no such file. */
  readFile(commit: string, path: string): Promise<ScratchFile>;
  close(): Promise<void>;
}

/**
 * A temporary repository beside the user's clone: it sees all of the clone's objects, and keeps what it has to fetch for
 * itself, so that the clone never becomes shallow, partial or otherwise different.
 */
export async function openScratch(checkout: Checkout, access: RemoteAccess): Promise<ScratchRepository> {
  const directory = await mkdtemp(join(tmpdir(), "fanfold-git-"));
  const git = gitIn(directory, access.env);
  await git(["init", "--quiet", "--bare", "--template=", "."]);
  await writeFile(join(directory, "objects/info/alternates"), `${checkout.objects}\n`);
  const url = (await checkout.originUrl()) ?? access.url;
  const remote = url === undefined ? {} : remoteConfig(url, access);
  const have = async (commit: string): Promise<boolean> => (await git(["cat-file", "-e", `${commit}^{tree}`])).ok;
  const fetch = async (commits: readonly string[]): Promise<void> => {
    if (url === undefined || commits.length === 0) return;
    await git(
      [
        "fetch",
        "--quiet",
        "--depth=1",
        "--filter=blob:none",
        "--no-tags",
        "--no-write-fetch-head",
        "origin",
        ...commits,
      ],
      remote,
    );
  };
  const ensure = async (...commits: readonly string[]): Promise<boolean> => {
    const missing: string[] = [];
    for (const commit of new Set(commits)) if (!(await have(commit))) missing.push(commit);
    await fetch(missing);
    for (const commit of missing) if (!(await have(commit))) return false;
    return true;
  };
  return {
    async diff(base, head) {
      if (!(await ensure(base, head))) return undefined;
      return readDiff(git, base, head, remote);
    },
    async readFile(commit, path) {
      if (!(await ensure(commit))) return { kind: "unreadable" };
      const entry = await git(["--literal-pathspecs", "ls-tree", "-z", "--full-tree", commit, "--", path], remote);
      const blob = /^\d+ blob ([0-9a-f]+)\t/.exec(new TextDecoder().decode(entry.stdout))?.[1];
      if (!entry.ok) return { kind: "unreadable" };
      if (blob === undefined) return { kind: "absent" };
      // Here git may fetch by itself: what it gets goes into this repository.
      const content = await git(["cat-file", "blob", blob], { ...remote, GIT_NO_LAZY_FETCH: "0" });
      return content.ok ? { kind: "text", text: new TextDecoder().decode(content.stdout) } : { kind: "unreadable" };
    },
    close: () => rm(directory, { recursive: true, force: true }),
  };
}

const STATUS: Readonly<Record<string, FileStatus>> = { A: "added", D: "removed" };

async function readDiff(
  git: Git,
  base: string,
  head: string,
  remote: Readonly<Record<string, string>>,
): Promise<readonly ChangedFile[] | undefined> {
  const args = ["diff-tree", "-r", "--no-renames", "--name-status", "-z", base, head];
  const result = await git(args, { ...remote, GIT_NO_LAZY_FETCH: "0" });
  if (!result.ok) return undefined;
  const parts = fields(result.stdout);
  const files: ChangedFile[] = [];
  for (let index = 0; index + 1 < parts.length; index += 2) {
    files.push({ path: parts[index + 1] ?? "", previousPath: null, status: STATUS[parts[index] ?? ""] ?? "modified" });
  }
  return files;
}

/**
 * The remote and its token as configuration by environment: the token is then neither in a file nor on a command line
 * that others can list. A promisor remote is what git asks for objects that a partial clone lacks.
 */
function remoteConfig(url: string, { token, tokenHost }: RemoteAccess): Readonly<Record<string, string>> {
  const settings: (readonly [key: string, value: string])[] = [
    ["remote.origin.url", url],
    ["remote.origin.promisor", "true"],
    ["remote.origin.partialclonefilter", "blob:none"],
  ];
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (token && address?.host === tokenHost && (address?.protocol === "https:" || address?.protocol === "http:")) {
    const credentials = Buffer.from(`x-access-token:${token}`).toString("base64");
    settings.push([`http.${address.origin}/.extraheader`, `AUTHORIZATION: basic ${credentials}`]);
  }
  const config: Record<string, string> = { GIT_CONFIG_COUNT: String(settings.length) };
  for (const [index, [key, value]] of settings.entries()) {
    config[`GIT_CONFIG_KEY_${index}`] = key;
    config[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  return config;
}
