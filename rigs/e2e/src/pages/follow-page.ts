import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { maskOutput, sameLines } from "./mask-output.ts";
import { stepsOf } from "./page-steps.ts";

const run = promisify(execFile);

export interface Followed {
  /** The page, with what its commands printed in the place of what it says that they print. */
  readonly page: string;
  /** Commands that did not end as the page says, with what they printed. */
  readonly problems: readonly string[];
  /** Everything that was printed, as it was. */
  readonly printed: string;
}

/** Does what a page says, step by step, in a folder of its own below `home`. */
export async function followPage(
  text: string,
  { home, env }: { readonly home: string; readonly env: Readonly<Record<string, string>> },
): Promise<Followed> {
  const directory = join(home, "shop");
  await mkdir(directory);
  const problems: string[] = [];
  let [page, moved, printed] = [text, 0, ""];
  for (const step of stepsOf(text)) {
    if (step.kind === "file") {
      await mkdir(dirname(join(directory, step.path)), { recursive: true });
      await writeFile(join(directory, step.path), step.text);
      continue;
    }
    const { failed, output } = await runScript(step.script, { directory, env });
    printed += output;
    if (failed !== step.fails) problems.push(`${step.script}${failed ? "failed" : "did not fail"}:\n${output}`);
    const commits = await commitsIn(directory, env);
    const masked = maskOutput(output, { directory: home, called: "/home/you", commits });
    if (step.shown === undefined) {
      if (output !== "") problems.push(`${step.script}the page does not show what it prints:\n${masked}`);
      continue;
    }
    if (sameLines(masked, step.shown.text)) continue;
    const start = step.shown.start + moved;
    page = `${page.slice(0, start)}${masked}${page.slice(start + step.shown.text.length)}`;
    moved += masked.length - step.shown.text.length;
  }
  return { page, problems, printed };
}

/** As a terminal shows it: both outputs in one. */
async function runScript(
  script: string,
  { directory, env }: { readonly directory: string; readonly env: Readonly<Record<string, string>> },
): Promise<{ readonly failed: boolean; readonly output: string }> {
  const told = `exec 2>&1\n${script}`;
  return run("bash", ["-euo", "pipefail", "-c", told], { cwd: directory, env }).then(
    ({ stdout }) => ({ failed: false, output: stdout }),
    (error: unknown) => {
      if (error instanceof Error && "stdout" in error) return { failed: true, output: String(error.stdout) };
      throw error;
    },
  );
}

async function commitsIn(directory: string, env: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const { stdout } = await run("git", ["rev-list", "--reverse", "--all"], { cwd: directory, env });
  return stdout.split("\n").filter((commit) => commit !== "");
}
