import { readdirSync, readFileSync } from "node:fs";
import { isFanfoldError } from "@fanfold-internal/kit/process/errors";
import { describe, expect, it } from "vitest";
import { describePlan } from "./plan/describe.ts";
import { makePlan } from "./plan/plan.ts";
import type { PlanOptions } from "./plan/plan-data.ts";
import { parseProbe } from "./probe/probe-file.ts";
import { renderScript } from "./script/script.ts";

const testdata = new URL("../testdata/", import.meta.url);
const cases = (kind: string): string[] => readdirSync(new URL(`${kind}/`, testdata));

function load(kind: string, name: string) {
  const file = (base: string): URL => new URL(`${kind}/${name}/${base}`, testdata);
  const options: PlanOptions = JSON.parse(readFileSync(file("options.json"), "utf8"));
  return { file, probe: parseProbe(readFileSync(file("probe.json"), "utf8"), "probe.json"), options };
}

describe("each layout gives its plan, its text and its script", () => {
  it.each(cases("ok"))("%s", async (name) => {
    const { file, probe, options } = load("ok", name);
    const plan = makePlan(probe, options);
    await expect(`${JSON.stringify(plan, null, 2)}\n`).toMatchFileSnapshot(file("plan.json").pathname);
    await expect(describePlan(plan)).toMatchFileSnapshot(file("plan.txt").pathname);
    const script = renderScript(plan);
    await expect(script).toMatchFileSnapshot(file("script.sh").pathname);
    expect(renderScript(JSON.parse(JSON.stringify(plan)))).toBe(script);
    expect(script).not.toContain("${{");
  });
});

describe("what cannot be planned says why", () => {
  it.each(cases("err"))("%s", async (name) => {
    const { file, probe, options } = load("err", name);
    let message = "no error";
    try {
      makePlan(probe, options);
    } catch (error) {
      if (isFanfoldError(error)) message = `${error.code}\n${error.message}\n`;
    }
    await expect(message).toMatchFileSnapshot(file("error.txt").pathname);
  });
});
