import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { describePlan } from "./plan/describe.ts";
import { makePlan } from "./plan/plan.ts";
import { renderScript } from "./script/script.ts";
import { machineCase, machineCases } from "./testing/machines.ts";

/** The functions that hold the plan's data and its steps; all others are the files in script/bash. */
const stepsOf = (script: string): string =>
  [...script.matchAll(/^(?:prepare|cleanup|main)\(\) \{\n[\s\S]*?^\}\n/gm)].map(([body]) => body).join("\n");

// Every machine: the plan for people, and the steps. Three of them (a move, a deletion, nothing): all of it.
test.each(machineCases())("%s gives its plan and its script", async (name) => {
  const { probe, options, file } = machineCase(name);
  const plan = makePlan(probe, options);
  await expect(describePlan(plan)).toMatchFileSnapshot(file("plan.txt"));
  const script = renderScript(plan);
  if (plan.actions.length > 0) await expect(stepsOf(script)).toMatchFileSnapshot(file("steps.sh"));
  if (existsSync(file("script.sh"))) {
    await expect(script).toMatchFileSnapshot(file("script.sh"));
    await expect(`${JSON.stringify(plan, null, 2)}\n`).toMatchFileSnapshot(file("plan.json"));
  }
  expect(renderScript(JSON.parse(JSON.stringify(plan)))).toBe(script);
  expect(script).not.toContain("${{");
});

// What a maintainer can read: a move in 200 lines, a deletion in 100, nothing in 5.
test.each(machineCases())("%s gives a script of a size that can be read", (name) => {
  const { probe, options } = machineCase(name);
  const plan = makePlan(probe, options);
  const has = (kind: string): boolean => [...plan.actions, ...plan.reserve].some((action) => action.kind === kind);
  const background = plan.background ? 20 : 0;
  const more = (has("tmpdir") && !has("relocate") ? 20 : 0) + (has("prune-images") ? 9 : 0) + background;
  const most =
    Math.max(
      5,
      has("relocate") ? 200 : 0,
      has("delete") ? 100 : has("undo-move") ? 80 : plan.actions.length > 0 ? 30 : 0,
    ) + more;
  expect(renderScript(plan).split("\n").length - 1).toBeLessThanOrEqual(most);
});
