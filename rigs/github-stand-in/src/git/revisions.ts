import { dirname, resolve } from "node:path";
import { git, splitNul, tryGit } from "./git.ts";
import { StandInError } from "./stand-in-error.ts";

interface Person {
  readonly name: string;
  readonly email: string;
  /** ISO 8601 in UTC, to the second, as GitHub writes it. */
  readonly date: string;
}

export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Person;
  readonly committer: Person;
  readonly message: string;
}

/** The git directory of a repository, bare or with a work tree. @throws StandInError `not-a-repository` */
export async function findGitDirectory(repository: string): Promise<string> {
  const path = resolve(repository);
  // Without a ceiling git looks in the parents, and a wrong path would quietly serve the repository around it.
  const env = { GIT_CEILING_DIRECTORIES: dirname(path) };
  const found = await tryGit(path, ["rev-parse", "--path-format=absolute", "--git-common-dir"], { env });
  if (found.status === 0) return found.stdout.toString().trimEnd();
  throw new StandInError({
    code: "not-a-repository",
    message: `expected the root of a git repository, git says: ${found.stderr.trim()}`,
    at: { file: path },
  });
}

// https://git-scm.com/docs/git-check-ref-format: what no ref name contains is an expression (`main~1`, `HEAD@{1}`) or noise.
const notARefName = /[\0-\x20\x7f~^:?*[\\]|\.\.|@\{|^-/;

function candidates(name: string): readonly string[] {
  if (name === "" || notARefName.test(name)) return [];
  return /^[0-9a-f]{40}$/.test(name) ? [name] : [`refs/heads/${name}`, `refs/tags/${name}`, name];
}

/** The object a SHA, branch or tag names, peeled to `type`; `null` when there is none. */
export async function resolveName(gitDir: string, name: string, type: "commit" | "tree"): Promise<string | null> {
  const tries = candidates(name);
  if (tries.length === 0) return null;
  const input = tries.map((candidate) => `${candidate}^{${type}}\n`).join("");
  const { stdout } = await tryGit(gitDir, ["cat-file", "--batch-check=%(objectname)"], { input });
  const lines = stdout.toString().split("\n");
  return lines.find((line) => /^[0-9a-f]{40,64}$/.test(line)) ?? null;
}

/** The best common ancestor, or `null`. */
export async function mergeBase(gitDir: string, one: string, other: string): Promise<string | null> {
  const run = await tryGit(gitDir, ["merge-base", one, other]);
  return run.status === 0 ? run.stdout.toString().trim() : null;
}

/** The commits that `head` has and `base` has not, oldest first. */
export async function commitsBetween(gitDir: string, base: string, head: string): Promise<readonly string[]> {
  const list = await git(gitDir, ["rev-list", "--reverse", "--topo-order", `${base}..${head}`]);
  return list.toString().split("\n").filter(Boolean);
}

const fields = ["%H", "%T", "%P", "%an", "%ae", "%aI", "%cn", "%ce", "%cI", "%B"];

export async function readCommits(gitDir: string, shas: readonly string[]): Promise<ReadonlyMap<string, Commit>> {
  const args = ["log", "--no-walk=unsorted", "--stdin", "--no-show-signature", "-z", `--format=${fields.join("%x00")}`];
  const input = shas.map((sha) => `${sha}\n`).join("");
  const parts = shas.length === 0 ? [] : splitNul(await git(gitDir, args, { input })).map(String);
  const commits = new Map<string, Commit>();
  for (let at = 0; at < parts.length; at += fields.length) {
    const [sha = "", tree = "", parents = "", name = "", email = "", date = "", ...rest] = parts.slice(at);
    const [committerName = "", committerEmail = "", committerDate = "", message = ""] = rest;
    commits.set(sha, {
      sha,
      tree,
      parents: parents.split(" ").filter(Boolean),
      author: { name, email, date: utc(date) },
      committer: { name: committerName, email: committerEmail, date: utc(committerDate) },
      message: message.trimEnd(),
    });
  }
  return commits;
}

export async function readCommit(gitDir: string, sha: string): Promise<Commit> {
  const commit = (await readCommits(gitDir, [sha])).get(sha);
  if (commit === undefined) throw new StandInError({ code: "git-failed", message: `git log does not show ${sha}` });
  return commit;
}

function utc(date: string): string {
  return new Date(date).toISOString().replace(/\.\d+Z$/, "Z");
}
