import { describe, expect, test } from "vitest";
import { CONFIG, ExampleClone, FILES, MATRIX, WHOLE_CONTEXT } from "../testing/example-clone.ts";

async function check(files: Parameters<typeof ExampleClone.create>[0]) {
  await using clone = await ExampleClone.create(files);
  return await clone.fanfold(["check"]);
}

const withFiles = (matrix: string, config: string = CONFIG) => ({
  ...FILES,
  ".github/backend-matrix.yml": matrix,
  ".github/fanfold.yml": config,
});

describe("what generate would refuse is an error before anything is generated", () => {
  const CALL = `${CONFIG}workflow: { merge: matrix }\n`;
  const MANY = JSON.stringify({
    include: Array.from({ length: 300 }, (_, index) =>
      ["amd64", "arm64"].map((arch) => ({
        "tag-suffix": `-${index}`,
        backend: "vllm",
        platforms: `linux/${arch}`,
        "platform-tag": arch,
        dockerfile: "backend/Dockerfile.python",
      })),
    ).flat(),
  });

  test.each([
    ["platforms", withFiles(MATRIX.replace("platforms: linux/amd64,", "platforms: 7,")), "platforms must be"],
    ["no runner", withFiles(MATRIX.replace("context: ./ }", "runs-on: [] }")), "runs-on must be a label"],
    ["a number", withFiles(MATRIX.replace("context: ./ }", "runs-on: 5 }")), "runs-on must be a label"],
    ["no include", withFiles("includeDarwin: []\n", "images: [quay.io/example/backends]\n"), "has no list include"],
    ["a budget", withFiles(MANY, CALL), "error: merge matrix of include: 300 of 256 jobs"],
    ["a schedule", withFiles(MATRIX, `${CONFIG}workflow: { cron: 99 0 * * * }\n`), 'has the minute "99"'],
    ["nowhere to publish", withFiles(MATRIX, CALL.replace(/images.*\n/, "")), "error: images is missing"],
  ])("%s", async (_, files, expected) => {
    const { code, stderr } = await check(files);
    expect(stderr.split(expected)).toHaveLength(2);
    expect(code).toBe(1);
  });

  test("not for whoever only plans, and not because of hand-written workflows", async () => {
    const lists = MATRIX.replace("runs-on: macos-15", "runs-on: []").replace("context: ./ }", "runs-on: [] }");
    expect(await check(withFiles(lists, CONFIG.replace(/images.*\n/, "")))).toMatchObject({ code: 0 });
    const own = { ...FILES, ...WHOLE_CONTEXT, ".github/workflows/backend.yml": "name: mine\n" };
    expect(await check(own)).toMatchObject({ code: 0, stderr: "" });
  });
});
