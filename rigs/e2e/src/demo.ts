import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify, styleText } from "node:util";
import { ScratchRepository, startGitHubStandIn } from "@fanfold-rigs/github-stand-in";

// Real commits of the example repository, a stand-in for GitHub's API that answers from them, and the commands that
// workflow steps run.

const examples = fileURLToPath(new URL("../../../examples", import.meta.url));
const commands = {
  fanfold: fileURLToPath(new URL("../../../packages/workflows/bin/fanfold.js", import.meta.url)),
  "digest-tools": fileURLToPath(new URL("../../../packages/digest-tools/bin/digest-tools.js", import.meta.url)),
};
const run = promisify(execFile);
const [owner, name] = ["example", "backends"];

const repository = await ScratchRepository.create();
const github = await startGitHubStandIn({ repository: repository.path, owner, name });
const scratch = await mkdtemp(join(tmpdir(), "fanfold-demo-"));
try {
  await demo();
} finally {
  await github.close();
  await repository.remove();
  await rm(scratch, { recursive: true, force: true });
}

async function demo(): Promise<void> {
  const first = await repository.commit({ message: "feat: four backends", files: await exampleFiles("backends") });
  await repository.checkout("main");
  say("A repository with four backends: two are built for amd64 and arm64, two for amd64 alone.");
  say("Each step below is one event. GitHub's API is a stand-in that answers from this repository's real commits.\n");

  const kokoro = await repository.commit({
    message: "fix(kokoro): a third voice",
    files: { "backend/python/kokoro/run.py": 'VOICES = ["af", "bf", "jf"]\n' },
  });
  await step(
    "A push touches one backend. Both of its legs are built and then merged; nothing else is.",
    "push",
    push(first, kokoro),
  );

  const base = await repository.commit({
    message: "docs: spelling",
    files: { "docs/adding.md": "Add an entry to the matrix file.\n" },
  });
  await step("A push that touches nothing that matters.", "push", push(kokoro, base));

  const moved = await repository.commit({
    branch: "move",
    parent: base,
    message: "refactor: piper's main goes to whisper",
    renames: { "backend/go/piper/main.go": "backend/go/whisper/piper.go" },
  });
  github.setPullRequest({ number: 7, base: { ref: "main", sha: base }, head: { ref: "move", sha: moved } });
  await step(
    "A pull request moves a file from one backend to another. A rename counts with both its paths.",
    "pull_request",
    pullRequest(7, base, moved),
  );

  await repository.branch("main", first);
  await step(
    "A force-push back to the first commit. What the dropped commits had changed is built again.",
    "push",
    push(base, first),
  );

  await step(
    "A tag. A release builds everything, whatever changed.",
    "push",
    { ...push("0".repeat(40), first), ref: "refs/tags/v1.0.0" },
    "refs/tags/v1.0.0",
  );

  await rehearsal();
  await repositoryPerImage();

  say("The demo removes the repositories and all that was kept in them.\n");
  say("Next, in a repository of your own:");
  say("  npx fanfold init        a first matrix and config from its Dockerfiles");
  say("  npx fanfold check       both against the repository");
  say("  npx fanfold plan        what the last commit would have built");
  say("  npx fanfold rehearse    the same, built, merged and verified on this machine");
}

/** Builds, merge and what came of them, in OCI layouts on disk: no Docker and no registry. */
async function rehearsal(): Promise<void> {
  await repository.commit({
    message: "fix(kokoro): a third voice",
    files: { "backend/python/kokoro/run.py": 'VOICES = ["af", "bf", "jf"]\n' },
  });
  await repository.checkout("main");

  say("The rest needs no GitHub. A rehearsal runs a push on this machine: plan, legs, records, merge, verification.");
  say(
    "Contexts are packed in the place of building them, and published into OCI layouts in the place of registries.\n",
  );
  await local("One leg fails. An image is never published without it.", [
    "fanfold",
    "rehearse",
    "--engine",
    "layout",
    "--fail",
    "digests-cpu-kokoro--arm64",
  ]);
  await local("Nothing fails. Two legs become one image, under the same digest in both repositories.", [
    "fanfold",
    "rehearse",
    "--engine",
    "layout",
    "--store",
    "oci:images",
    "--keep",
  ]);
  await local("What a registry would hold.", [
    "digest-tools",
    "inspect",
    "oci:images/quay.io/example/backends:main-cpu-kokoro",
  ]);
}

/** Images that are not told apart by suffixes: each has repositories of its own. */
async function repositoryPerImage(): Promise<void> {
  await using services = await ScratchRepository.create();
  await services.commit({ message: "feat: twelve services", files: await exampleFiles("services") });
  await services.commit({
    message: "fix(api): an answer",
    files: { "services/api/main.py": 'print("api 2")\n', "services/mailer/main.py": 'print("mailer 2")\n' },
  });
  await services.checkout("main");
  say("Another repository: twelve services, each published to repositories of its own.\n");
  const { path } = services;
  await local("A push touches two of them: one is built in two legs, one in one.", ["fanfold", "plan"], path);
  await local(
    "The same push, rehearsed. Both get the same tags, each in its own repositories.",
    ["fanfold", "rehearse", "--engine", "layout"],
    path,
  );
}

async function local(
  title: string,
  [command, ...args]: readonly [keyof typeof commands, ...string[]],
  cwd = repository.path,
): Promise<void> {
  say(styleText("bold", title));
  say(styleText("dim", `$ ${[command, ...args].join(" ")}`));
  const env = { PATH: process.env["PATH"], TMPDIR: scratch };
  const { status, stdout, stderr } = spawnSync(process.execPath, [commands[command], ...args], {
    cwd,
    env,
    encoding: "utf8",
  });
  const exit = status === 0 ? "" : `exit code ${status}\n`;
  say(`${stderr}${stdout}${exit}`.replace(/^(?=.)/gm, "  "));
}

async function step(title: string, event: string, payload: object, ref = "refs/heads/main"): Promise<void> {
  const path = join(scratch, "event.json");
  await writeFile(path, JSON.stringify(payload));
  const before = github.requests.length;
  const env = {
    PATH: process.env["PATH"],
    GITHUB_EVENT_NAME: event,
    GITHUB_EVENT_PATH: path,
    GITHUB_API_URL: github.apiUrl,
    GITHUB_REPOSITORY: `${owner}/${name}`,
    GITHUB_TOKEN: "a-token",
    ...(event === "push" ? { GITHUB_REF: ref } : {}),
  };
  say(styleText("bold", title));
  say(styleText("dim", `$ GITHUB_EVENT_NAME=${event} fanfold plan`));
  const { stdout, stderr } = await run(process.execPath, [commands.fanfold, "plan"], { cwd: repository.path, env });
  const calls = github.requests.length - before;
  say(`${stderr}${stdout}calls  ${calls} to GitHub's API\n`.replace(/^(?=.)/gm, "  "));
}

function push(before: string, after: string) {
  return {
    ref: "refs/heads/main",
    before,
    after,
    repository: { full_name: `${owner}/${name}`, default_branch: "main" },
  };
}

function pullRequest(number: number, base: string, head: string) {
  return {
    number,
    pull_request: { number, base: { ref: "main", sha: base }, head: { ref: "move", sha: head } },
    repository: { full_name: `${owner}/${name}`, default_branch: "main" },
  };
}

async function exampleFiles(name: string): Promise<Record<string, string>> {
  const example = join(examples, name);
  const entries = await readdir(example, { recursive: true, withFileTypes: true });
  const files: Record<string, string> = {};
  for (const entry of entries.filter((file) => file.isFile())) {
    const path = join(entry.parentPath, entry.name);
    files[path.slice(example.length + 1)] = await readFile(path, "utf8");
  }
  return files;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
