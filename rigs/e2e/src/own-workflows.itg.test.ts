import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const workflows = readdirSync(join(root, ".github/workflows")).map((file) => join(".github/workflows", file));

const linters = [
  { program: "actionlint", args: workflows },
  { program: "zizmor", args: ["--offline", "--no-progress", "--persona=pedantic", "--quiet", ".github"] },
];

test.for(linters)("no findings in this repository's own workflows by $program", ({ program, args }, { skip }) => {
  const run = spawnSync(program, args, { cwd: root, encoding: "utf8" });
  if (run.error !== undefined) skip(`${program} is not installed; .ci/run fetches it`);
  expect({ status: run.status, output: run.stdout + run.stderr }).toEqual({ status: 0, output: expect.any(String) });
});
