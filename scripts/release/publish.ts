// Publishes a release that was made: `node scripts/release/publish.ts DIRECTORY [--dry-run] [--no-provenance]`. It needs
// Node, npm and git, and nothing installed. Repeated it does what is left, and changes nothing that is there.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { makeActionsCommit, pushActionsCommit } from "./actions-branch.ts";
import { createRelease, hasRelease, readGitHub } from "./github.ts";
import { Refusal, run } from "./refusal.ts";
import { isPublished, publish, registryUrl } from "./registry.ts";
import { PLACES, type ReleasePackage, readRelease } from "./release-file.ts";

await run(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { "dry-run": { type: "boolean", default: false }, "no-provenance": { type: "boolean", default: false } },
  });
  const [directory] = positionals;
  if (directory === undefined) throw new Refusal("expected the directory that holds the release");
  const release = readRelease(directory);
  const { version, source } = release;

  // All questions before the first thing is changed.
  const github = readGitHub();
  const registry = await registryUrl();
  const actions = makeActionsCommit({ version, source, directory: join(directory, PLACES.actions) });
  if (actions.commit !== release.actions) {
    throw new Refusal(
      `expected the actions to be ${release.actions}, which the packages name, found ${actions.commit}: the branch has moved ` +
        "since they were packed; run all jobs again",
    );
  }
  const missing: ReleasePackage[] = [];
  for (const each of release.packages) if (!(await isPublished(registry, version, each))) missing.push(each);
  const released = await hasRelease(github, version);

  const say = (text: string) => process.stdout.write(`${text}\n`);
  say(`v${version}, built from ${source}`);
  say(`  actions ${actions.commit}: ${actions.there ? "there" : "to do"}`);
  for (const each of release.packages)
    say(`  ${each.name} in ${registry}: ${missing.includes(each) ? "to do" : "there"}`);
  say(`  release on GitHub: ${released ? "there" : "to do"}`);
  if (values["dry-run"]) return;

  if (!actions.there) pushActionsCommit(actions.commit, version);
  for (const each of missing) {
    const tarball = resolve(directory, PLACES.tarballs, each.file);
    await publish({ registry, version, provenance: !values["no-provenance"] }, each, tarball);
    say(`published ${each.name}@${version}`);
  }
  if (!released) await createRelease(github, version, readFileSync(join(directory, PLACES.notes), "utf8"));
  say(`v${version} is released`);
});
