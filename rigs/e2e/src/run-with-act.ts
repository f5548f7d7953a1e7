import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isJsonObject } from "@fanfold-internal/kit/read/json";
import type { HostedProject, Trigger } from "./hosted-project.ts";
import type { Machine } from "./machine.ts";

/** What act is called here; FANFOLD_ACT names another than the PATH's. */
export const act: string = process.env["FANFOLD_ACT"] ?? "act";

export interface ActRun {
  /** What act ended with. */
  readonly code: number | null;
  /** The ids of the jobs that a runner ran, those of called workflows as they are called there. */
  readonly ran: readonly string[];
  readonly log: string;
}

/**
 * Runs a workflow by act on this machine, without containers. act reads the workflows in the repository's work tree, with
 * `concurrency.queue` taken out, which it refuses; what jobs check out is the commit as it is.
 */
export async function runWithAct(
  machine: Machine,
  project: HostedProject,
  trigger: Trigger,
  id: number,
): Promise<ActRun> {
  const directory = join(machine.directory, "runs", `${id}-act`);
  mkdirSync(directory, { recursive: true });
  const event = join(directory, "event.json");
  writeFileSync(event, JSON.stringify(trigger.payload));
  await project.repository.checkout(trigger.sha);
  const workflow = join(project.repository.path, ".github/workflows", trigger.workflow);
  writeFileSync(workflow, readFileSync(workflow, "utf8").replace(/^ +queue: max\n/m, ""));
  const env = {
    GITHUB_REPOSITORY: "octo/images",
    GITHUB_SERVER_URL: project.github.url,
    GITHUB_API_URL: project.github.apiUrl,
    GITHUB_RUN_ID: String(id),
    GITHUB_RUN_ATTEMPT: "1",
  };
  const secrets = { ...machine.secrets, GITHUB_TOKEN: "github-token" };
  const each = (flag: string, values: readonly string[]): readonly string[] => values.flatMap((value) => [flag, value]);
  const pairs = (values: Readonly<Record<string, string>>): readonly string[] =>
    Object.entries(values).map(([key, value]) => `${key}=${value}`);
  const labels = ["ubuntu-latest", "ubuntu-24.04", "ubuntu-24.04-arm"];
  const args = [
    trigger.event,
    ...["--directory", project.repository.path, "--workflows", workflow, "--eventpath", event],
    ...each(
      "--platform",
      labels.map((label) => `${label}=-self-hosted`),
    ),
    ...each("--local-repository", await actionsOf(machine, project, trigger)),
    ...each("--env", pairs(env)),
    ...each("--secret", pairs(secrets)),
    ...["--action-cache-path", join(directory, "cache")],
    ...["--no-skip-checkout", "--no-cache-server", "--pull=false", "--json"],
  ];
  const child = spawn(act, args, { cwd: directory, env: machine.env, stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      log += text;
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  return { code, ran: endedJobs(log), log };
}

/** `owner/name@sha=folder` for each action that the workflows pin. */
async function actionsOf(machine: Machine, project: HostedProject, trigger: Trigger): Promise<readonly string[]> {
  const pinned = ["grep", "-hoE", "uses: [^./ ]+/[^ @]+@[0-9a-f]{40}", trigger.sha, "--", ".github/workflows"];
  const lines = (await project.repository.git(...pinned)).split("\n");
  const uses = lines.map((line) => line.slice("uses: ".length));
  return [...new Set(uses)].map((use) => {
    const [name = "", sha = ""] = use.split("@");
    const own = name.startsWith("fanfold/fanfold/");
    return own ? `fanfold/fanfold@${sha}=${machine.ownRepository}` : `${use}=${machine.actions.get(name)}`;
  });
}

function endedJobs(log: string): readonly string[] {
  return log.split("\n").flatMap((line) => {
    if (!line.startsWith("{")) return [];
    const message: unknown = JSON.parse(line);
    return isJsonObject(message) && "jobResult" in message ? [String(message["jobID"])] : [];
  });
}
