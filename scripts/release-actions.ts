// Puts the built actions on the branch that workflows pin, in a commit that holds nothing else: for each job a runner
// fetches the whole tree of the commit that an action is pinned to. Prints the commit; nothing where nothing is released.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const BRANCH = "refs/heads/actions";
const UNRELEASED = "0.0.0";
const NAME = "github-actions[bot]";
const EMAIL = "41898282+github-actions[bot]@users.noreply.github.com";
const IDENTITY = {
  GIT_AUTHOR_NAME: NAME,
  GIT_AUTHOR_EMAIL: EMAIL,
  GIT_COMMITTER_NAME: NAME,
  GIT_COMMITTER_EMAIL: EMAIL,
};

const { version }: { readonly version: string } = JSON.parse(readFileSync("packages/workflows/package.json", "utf8"));
const tag = `refs/tags/v${version}`;
const pending = readdirSync(".changeset").filter((file) => file.endsWith(".md") && file !== "README.md");

if (version === UNRELEASED || pending.length > 0) {
  process.stderr.write(`nothing to release: version ${version}, ${pending.length} changesets are pending\n`);
} else {
  // A release that is repeated finds what it has made.
  process.stdout.write(`${remote(tag) ?? release()}\n`);
}

function release(): string {
  const directory = mkdtempSync(join(tmpdir(), "fanfold-release-"));
  try {
    for (const name of actions()) {
      const bundle = `actions/${name}/dist/index.mjs`;
      if (!existsSync(bundle)) throw new Error(`${bundle} is not there; run: npm run build`);
    }
    const index = { GIT_INDEX_FILE: join(directory, "index") };
    // What is built is git-ignored on every other branch.
    git(["add", "--force", "LICENSE", "actions"], index);
    const tree = git(["write-tree"], index);
    const before = remote(BRANCH);
    if (before !== undefined) git(["fetch", "--quiet", "--depth=1", "origin", before]);
    const parent = before === undefined ? [] : ["-p", before];
    const commit = git(["commit-tree", tree, ...parent, "-m", `v${version}`], IDENTITY);
    // Both or neither: a commit without its version could not be raised by bots.
    git(["push", "--quiet", "--atomic", "origin", `${commit}:${BRANCH}`, `${commit}:${tag}`]);
    return commit;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function actions(): readonly string[] {
  const found = readdirSync("actions", { withFileTypes: true });
  return found.flatMap((each) => (each.isDirectory() ? [each.name] : []));
}

function remote(ref: string): string | undefined {
  return git(["ls-remote", "origin", ref]).split("\t")[0] || undefined;
}

function git(args: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  return execFileSync("git", args, { env: { ...process.env, ...env }, encoding: "utf8" }).trim();
}
