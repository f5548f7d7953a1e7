import { identifyBy } from "@fanfold-internal/matrix/identity";
import { expect, test } from "vitest";
import { modelLegs } from "../model/model-legs.ts";
import { MeasuredJobs, type TimedJob } from "./timed-jobs.ts";

const pair = (image: string) =>
  ["amd64", "arm64"].map((arch) => ({ image, "platform-tag": arch, platforms: `linux/${arch}` }));

const LEGS = modelLegs({
  lists: [{ name: "include", entries: [...pair("app"), { image: "tools", platforms: "linux/amd64" }] }],
  identify: identifyBy(["image", "tag-suffix"]),
  workflow: {},
  graph: undefined,
});

function measured(jobs: readonly (readonly [name: string, seconds: number])[], generated: boolean) {
  const found = new MeasuredJobs(LEGS);
  for (const [name, seconds] of jobs) found.add({ name, seconds } satisfies TimedJob, generated);
  return { builds: Object.fromEntries(found.builds()), other: found.other(), matched: found.matched };
}

test("jobs of a generated workflow are told by its names, and the one in the middle counts", () => {
  const jobs = [
    ["Plan", 18],
    ["Plan", 22],
    ["Plan", 90],
    ["app amd64 / build", 100],
    ["app arm64 / build", 700],
    ["app arm64 / build", 300],
    ["app arm64 / build", 500],
    ["tools linux/amd64 / build", 60],
    ["Merge / merge", 33],
    ["backend ok", 4],
  ] as const;
  expect(measured(jobs, true)).toEqual({
    builds: { "digests-app-core--amd64": 100, "digests-app-core--arm64": 500, "digests-tools-core--single": 60 },
    other: { plan: 22, merge: 33, "merge-image": 0, ok: 4 },
    matched: 5,
  });
});

test("jobs of other workflows are told by the words of their names, where no other leg could be meant", () => {
  const jobs = [
    ["build (app, linux/arm64, ubuntu-24.04-arm)", 400],
    ["images (tools)", 50],
    // Which of the two?
    ["build (app)", 999],
    ["build (app, linux/amd64, linux/arm64)", 999],
    ["build (tools, app, linux/arm64)", 999],
    // Called after an image, and no build of it.
    ["merge (app, linux/arm64)", 999],
    ["test (tools)", 999],
    ["toolsmith", 999],
    ["Plan", 999],
    ["backend ok", 999],
  ] as const;
  expect(measured(jobs, false)).toEqual({
    builds: { "digests-app-core--arm64": 400, "digests-tools-core--single": 50 },
    other: {},
    matched: 2,
  });
});

test("legs without a job are not measured", () => {
  expect(measured([], true)).toEqual({ builds: {}, other: {}, matched: 0 });
});
