import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ScratchRepository, startGitHubStandIn } from "@fanfold-rigs/github-stand-in";

const EXAMPLE = fileURLToPath(new URL("../../../examples/services", import.meta.url));
const BIN = fileURLToPath(new URL("../../../packages/workflows/bin/fanfold.js", import.meta.url));
const [owner, name] = ["example", "services"];

/** What the plan of a real push writes to the step summary: of twelve services, three are touched. */
export async function realSummary(): Promise<string> {
  await using repository = await ScratchRepository.create();
  const before = await repository.commit({ message: "feat: twelve services", files: await exampleFiles() });
  const files = Object.fromEntries(
    ["api", "catalog", "mailer"].map((service) => [`services/${service}/main.py`, `print("${service} 2")\n`]),
  );
  const after = await repository.commit({ message: "fix: three of them", files });
  await repository.checkout("main");
  const github = await startGitHubStandIn({ repository: repository.path, owner, name });
  const scratch = await mkdtemp(join(tmpdir(), "fanfold-summary-"));
  try {
    const [event, summary] = [join(scratch, "event.json"), join(scratch, "summary.md")];
    const repositoryFacts = { full_name: `${owner}/${name}`, default_branch: "main" };
    await writeFile(event, JSON.stringify({ ref: "refs/heads/main", before, after, repository: repositoryFacts }));
    await writeFile(summary, "");
    const env = {
      PATH: process.env["PATH"],
      GITHUB_EVENT_NAME: "push",
      GITHUB_EVENT_PATH: event,
      GITHUB_REF: "refs/heads/main",
      GITHUB_API_URL: github.apiUrl,
      GITHUB_REPOSITORY: `${owner}/${name}`,
      GITHUB_TOKEN: "a-token",
      GITHUB_STEP_SUMMARY: summary,
    };
    await promisify(execFile)(process.execPath, [BIN, "plan"], { cwd: repository.path, env });
    return await readFile(summary, "utf8");
  } finally {
    await github.close();
    await rm(scratch, { recursive: true });
  }
}

/** Without its generated workflows, which are others with each version. */
async function exampleFiles(): Promise<Record<string, string>> {
  const entries = await readdir(EXAMPLE, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const kept = paths.filter((path) => !path.includes("/.github/workflows/"));
  return Object.fromEntries(
    await Promise.all(
      kept.map(async (path) => [path.slice(EXAMPLE.length + 1), await readFile(path, "utf8")] as const),
    ),
  );
}
