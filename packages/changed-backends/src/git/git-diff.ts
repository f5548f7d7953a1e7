import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChangedFile, FileStatus } from "../base/diff.ts";
import type { Checkout } from "./checkout.ts";
import { type Environment, type Git, gitFields, gitIn, gitText, withSettings } from "./git-command.ts";

export interface RemoteAccess {
  readonly env: Environment;
  /** Where to fetch from when the checkout names no origin. */
  readonly url: string | undefined;
  /** Sent to `tokenHost` only. */
  readonly token: string | undefined;
  readonly tokenHost: string | undefined;
}

type ScratchFile =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "absent" }
  | { readonly kind: "unreadable" };

/** The commits of a checkout and, as far as they can be had, of its remote. */
export interface ScratchRepository {
  /** Undefined: git failed, or a commit could not be had. */
  diff(base: string, head: string): Promise<readonly ChangedFile[] | undefined>;
  /** `absent`: the commit has no such file. */
  readFile(commit: string, path: string): Promise<ScratchFile>;
  close(): Promise<void>;
}

/**
 * A temporary repository beside the user's clone: it sees all of the clone's objects, and keeps what it has to fetch for
 * itself, so that the clone never becomes shallow, partial or otherwise different. Undefined: there is no room for it.
 */
export async function openScratch(checkout: Checkout, access: RemoteAccess): Promise<ScratchRepository | undefined> {
  const directory = await makeBeside(checkout, access.env);
  if (directory === undefined) return undefined;
  const local = gitIn(directory, access.env, "offline");
  const url = (await checkout.originUrl()) ?? access.url;
  const git =
    url === undefined ? local : gitIn(directory, withSettings(access.env, remoteSettings(url, access)), "online");

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
    async readFile(commit, path) {
      if (!(await ensure(commit))) return { kind: "unreadable" };
      const entry = await git(["--literal-pathspecs", "ls-tree", "-z", "--full-tree", commit, "--", path]);
      if (!entry.ok) return { kind: "unreadable" };
      const blob = /^\d+ blob ([0-9a-f]+)\t/.exec(gitText(entry))?.[1];
      if (blob === undefined) return { kind: "absent" };
      const content = await git(["cat-file", "blob", blob]);
      return content.ok ? { kind: "text", text: new TextDecoder().decode(content.stdout) } : { kind: "unreadable" };
    },
    close: () => rm(directory, { recursive: true, force: true, maxRetries: 3 }),
  };
}

async function makeBeside({ objects, objectFormat }: Checkout, env: Environment): Promise<string | undefined> {
  let directory: string | undefined;
  try {
    directory = await mkdtemp(join(tmpdir(), "fanfold-git-"));
    const init = ["init", "--quiet", "--bare", "--template=", `--object-format=${objectFormat}`, "."];
    await gitIn(directory, env, "offline")(init);
    await writeFile(join(directory, "objects/info/alternates"), `${objects}\n`);
    return directory;
  } catch {
    if (directory !== undefined) await rm(directory, { recursive: true, force: true });
    return undefined;
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

const STATUS: ReadonlyMap<string, FileStatus> = new Map([
  ["A", "added"],
  ["D", "removed"],
]);

async function readDiff(git: Git, base: string, head: string): Promise<readonly ChangedFile[] | undefined> {
  const options = ["-r", "--no-renames", "--name-status", "-z"];
  const result = await git(["diff-tree", ...options, base, head]);
  if (!result.ok) return undefined;
  const parts = gitFields(result);
  const files: ChangedFile[] = [];
  for (let index = 0; index + 1 < parts.length; index += 2) {
    const status = STATUS.get(parts[index] ?? "") ?? "modified";
    files.push({ path: parts[index + 1] ?? "", previousPath: null, status });
  }
  return files;
}

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
