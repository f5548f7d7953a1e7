import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { writeNpx } from "./npx-stand-in.ts";
import { cloneStepsOf } from "./page-steps.ts";

// Does on a fresh clone of another project what a page does there, and says how long each command took.

const [page = "", source = "", commit = ""] = process.argv.slice(2);
const from = process.env["INIT_CWD"] ?? process.cwd();
const scratch = mkdtempSync(join(tmpdir(), "fanfold-clone-"));
try {
  const env = { ...process.env, PATH: [writeNpx(scratch), process.env["PATH"]].join(delimiter) };
  const clone = join(scratch, "clone");
  execFileSync("git", ["clone", "--quiet", source, clone], { cwd: from, stdio: "inherit" });
  execFileSync("git", ["checkout", "--quiet", "-B", "main", commit], { cwd: clone, stdio: "inherit" });
  let total = 0;
  for (const step of cloneStepsOf(readFileSync(resolve(from, page), "utf8"))) {
    if (step.kind === "file") {
      mkdirSync(dirname(join(clone, step.path)), { recursive: true });
      writeFileSync(join(clone, step.path), step.text);
      continue;
    }
    const start = performance.now();
    const { status, stdout, stderr } = spawnSync("bash", ["-c", step.line], { cwd: clone, env, encoding: "utf8" });
    const seconds = (performance.now() - start) / 1000;
    total += seconds;
    const last = stdout.trimEnd().split("\n").at(-1) ?? "";
    say(seconds, `${step.line}${last === "" ? "" : `\n         ${last}`}`);
    if (status !== 0) throw new Error(`exit code ${status}: ${stderr}`);
  }
  say(total, "in all");
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function say(seconds: number, what: string): void {
  process.stdout.write(`${seconds.toFixed(1).padStart(5)} s  ${what}\n`);
}
