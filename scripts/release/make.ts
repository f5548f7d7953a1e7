// Makes everything that a release publishes, in one directory: `node scripts/release/make.ts DIRECTORY`. Nothing leaves the
// machine. All that can fail by our own fault fails here, before anything is published.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeActionsCommit } from "./actions-branch.ts";
import { releaseNotes } from "./changelog.ts";
import { git } from "./git.ts";
import { Refusal, run } from "./refusal.ts";
import { PLACES, type ReleasePackage, writeRelease } from "./release-file.ts";
import { readStanding } from "./standing.ts";

interface Packed extends Omit<ReleasePackage, "file"> {
  readonly filename: string;
}

await run(() => {
  const [directory] = process.argv.slice(2);
  if (directory === undefined) throw new Refusal("expected the directory that the release goes to");
  const { version, pending, ready } = readStanding();
  if (!ready) throw new Refusal(`nothing to release: version ${version}, ${pending} changesets are pending`);
  const changed = git(["status", "--porcelain"]);
  if (changed !== "") throw new Refusal(`a release is made from a commit, and these files differ from it:\n${changed}`);
  if (existsSync(directory)) throw new Refusal(`${directory} is there already; take it away`);
  const source = git(["rev-parse", "HEAD"]);

  for (const name of [...foldersOf("packages"), ...foldersOf("actions")])
    execFileSync("rm", ["-rf", join(name, "dist")]);
  build("build:actions", "");
  const actions = join(directory, PLACES.actions);
  gatherActions(actions);
  const { commit } = makeActionsCommit({ version, source, directory: actions });
  build("build", commit);

  const tarballs = join(directory, PLACES.tarballs);
  const pack = ["scripts/release/pack.ts", tarballs];
  const packed: readonly Packed[] = JSON.parse(
    execFileSync(process.execPath, pack, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }),
  );
  const packages = packed.map(({ name, filename, integrity }) => ({ name, file: filename, integrity }));
  writeRelease(directory, { version, source, actions: commit, packages });
  const links = `Built from ${source}. The tag holds the [actions](https://github.com/fanfold/fanfold/tree/${source}/actions) alone; pin them as \`@${commit} # v${version}\`.`;
  writeFileSync(join(directory, PLACES.notes), `${links}\n\n${releaseNotes(version, changelogs())}\n`);
  process.stdout.write(`v${version} of ${packages.length} packages is in ${directory}; actions ${commit}\n`);
});

function build(task: string, commit: string): void {
  execFileSync("node_modules/.bin/turbo", ["run", task, "--output-logs=errors-only"], {
    env: { ...process.env, FANFOLD_ACTIONS_COMMIT: commit },
    stdio: ["ignore", process.stderr, "inherit"],
  });
}

function gatherActions(directory: string): void {
  for (const action of foldersOf("actions")) {
    const bundle = join(action, "dist/index.mjs");
    if (!existsSync(bundle)) throw new Refusal(`the build made no ${bundle}`);
    cpSync(action, join(directory, action), { recursive: true });
  }
  cpSync("actions/README.md", join(directory, "actions/README.md"));
  cpSync("LICENSE", join(directory, "LICENSE"));
}

function changelogs(): readonly { readonly name: string; readonly text: string }[] {
  return foldersOf("packages").map((folder) => {
    const file = join(folder, "CHANGELOG.md");
    if (!existsSync(file)) throw new Refusal(`${file} is not there; run: npm run version`);
    const { name }: { readonly name: string } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return { name, text: readFileSync(file, "utf8") };
  });
}

function foldersOf(parent: string): readonly string[] {
  const found = readdirSync(parent, { withFileTypes: true });
  return found.flatMap((each) => (each.isDirectory() ? [join(parent, each.name)] : []));
}
