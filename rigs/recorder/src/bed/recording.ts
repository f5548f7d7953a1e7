import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isText, listing, type Written } from "./written-files.ts";

/** What one command was given and what it gave, normalised. */
export interface RecordedStep {
  /** The command line, as a person would type it. */
  readonly command: string;
  readonly stdin: string;
  readonly exitCode: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly output: string;
  readonly summary: string;
  readonly environment: string;
  /** Undefined where no server listens. */
  readonly requests: string | undefined;
  readonly written: Written;
}

/** Writes a step as a folder of plain files; what is empty is left out. */
export async function writeStep(folder: string, step: RecordedStep): Promise<void> {
  const texts: Readonly<Record<string, string>> = {
    command: `${step.command}\n`,
    stdin: step.stdin,
    "exit-code": `${step.exitCode}\n`,
    stdout: step.stdout,
    stderr: step.stderr,
    "github-output": step.output,
    "github-step-summary": step.summary,
    "github-env": step.environment,
    requests: step.requests ?? "",
    "files-written": listing(step.written),
  };
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(texts)) {
    if (text !== "") await writeFile(join(folder, name), text);
  }
  for (const [path, content] of step.written.files) {
    if (!isText(path, content)) continue;
    const file = join(folder, "files", path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
}
