import { expect, test } from "vitest";
import { readFamilyGraph } from "../bases/family-graph.ts";
import { readFamily } from "../config/family.ts";
import { type PushGround, PushRecorder, type SelectedPush } from "./pushed-history.ts";

async function ground(workflow: string): Promise<PushGround> {
  const files: Readonly<Record<string, string>> = {
    ".github/fanfold.yml": `images: ["quay.io/octo/{image}"]\nworkflow: ${workflow}\n`,
    ".github/backend-matrix.yml": `include:
  - { backend: a, platform-tag: amd64, dockerfile: a/Dockerfile }
  - { backend: a, platform-tag: arm64, dockerfile: a/Dockerfile }
  - { backend: b, platforms: linux/amd64, dockerfile: b/Dockerfile }
includeDarwin:
  - { backend: m, platforms: darwin/arm64, paths: [m/**] }
`,
    "a/Dockerfile": "FROM x\n",
    "b/Dockerfile": "FROM x\n",
  };
  const readInput = async (path: string): Promise<string> => files[path] ?? "";
  const family = await readFamily({ root: "/nowhere", readInput }, { config: undefined, matrix: undefined });
  return { family, graph: await readFamilyGraph({ readInput, event: { defaultBranch: null } }, family) };
}

function selected(at: PushGround, include: readonly number[], darwin: readonly number[] = []): SelectedPush {
  const lists = [
    { name: "include", selected: include },
    { name: "includeDarwin", selected: darwin },
  ];
  return { ground: at, selection: { lists: lists.map((list) => ({ ...list, total: 3 })) } };
}

test("pushes keep their order, whatever their clocks say, and what cannot be planned builds nothing", async () => {
  const [now, before] = await Promise.all([ground("{ max-parallel: 4 }"), ground("{ merge: matrix }")]);
  const recorder = new PushRecorder(true);
  recorder.add("2026-03-01T10:00:00Z", selected(before, [2]), selected(now, []));
  recorder.add("2026-03-01T09:00:00+00:00", null, null);
  recorder.add("2026-03-01T12:00:30+01:00", selected(now, [0, 1, 2], [0]), selected(now, [0, 1]));
  recorder.add("never", selected(now, [0, 1]), null);
  const { at, ours, against } = recorder.history();
  const start = Date.UTC(2026, 2, 1, 10) / 1000;
  expect(at).toEqual([start, start, start + 3630, start + 3630]);
  expect(ours.map(({ legs }) => legs.map(({ artifact }) => artifact))).toEqual([
    ["digests-b-core--single"],
    [],
    // No workflow builds the other list.
    ["digests-a-core--amd64", "digests-a-core--arm64", "digests-b-core--single"],
    ["digests-a-core--amd64", "digests-a-core--arm64"],
  ]);
  expect(against?.map(({ legs }) => legs.length)).toEqual([0, 0, 2, 0]);
  expect(ours.map(({ family: { merge, maxParallel, legs } }) => [merge, maxParallel, legs.length])).toEqual([
    ["matrix", null, 3],
    ["batch", null, 0],
    ["batch", 4, 3],
    ["batch", 4, 3],
  ]);
  expect(recorder.newest()).toMatchObject({ workflow: "backend.yml", family: { maxParallel: 4 } });
  // One object for one leg, however many families have it.
  expect(ours[0]?.family.legs[2]).toBe(ours[2]?.family.legs[2]);
});
