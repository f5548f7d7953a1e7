import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { describePlan } from "./plan/describe.ts";
import { makePlan } from "./plan/plan.ts";
import { renderScript } from "./script/script.ts";
import { machineCase, machineCases } from "./testing/machines.ts";

/** The script's last part: what it does, in order. All before it are functions, and the data that plan.txt shows. */
const stepsOf = (script: string): string => script.slice(script.lastIndexOf("\n{\n") + 1);

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
