import { describe, expect, test } from "vitest";
import { ExampleClone, FILES } from "../testing/example-clone.ts";

const { ".github/fanfold.yml": CONFIG = "", ".github/backend-matrix.yml": MATRIX = "", ...OTHERS } = FILES;
const GPU = {
  ...OTHERS,
  ".github/fanfold.gpu.yml": `matrix: .github/gpu.yml\n${CONFIG}`,
  ".github/gpu.yml": MATRIX,
};
const BOTH = { ...GPU, ".github/fanfold.cpu.yml": `matrix: .github/gpu.yml\nworkflow: { name: cpu }\n${CONFIG}` };

describe("there are only families with names", () => {
  test.each([["plan"], ["plan", "--last", "1"], ["explain", "vllm"], ["rehearse"]])(
    "%s says which, and how to name one",
    async (...args) => {
      await using one = await ExampleClone.create(GPU);
      expect(await one.fanfold(args)).toEqual({
        code: 1,
        stdout: "",
        stderr: `.github/fanfold.yml: error: the config is not there; there is .github/fanfold.gpu.yml
  fix: name it: --config .github/fanfold.gpu.yml
`,
      });
      await using both = await ExampleClone.create({ ...BOTH, ".github/backend-matrix.yml": MATRIX });
      expect((await both.fanfold(args)).stderr).toBe(
        `.github/fanfold.yml: error: the config is not there; there are .github/fanfold.cpu.yml, .github/fanfold.gpu.yml
  fix: name one of them, such as --config .github/fanfold.cpu.yml
`,
      );
    },
  );

  test("one that is named is planned, and check looks at all of them", async () => {
    await using clone = await ExampleClone.create(GPU);
    const args = ["plan", "--force-all", "--config", ".github/fanfold.gpu.yml"];
    expect((await clone.fanfold(args)).code).toBe(0);
    expect((await clone.fanfold(["check"])).stdout).toMatch(/^1 matrix file, 5 entries: 0 errors/);
  });

  test("a matrix file that is named needs no config", async () => {
    await using clone = await ExampleClone.create(GPU);
    expect((await clone.fanfold(["plan", "--force-all", "--matrix", ".github/gpu.yml"])).code).toBe(0);
  });

  test("a name that none has", async () => {
    await using clone = await ExampleClone.create(BOTH);
    const { code, stderr } = await clone.fanfold(["plan", "--config", ".github/fanfold.gpus.yml"]);
    expect([code, stderr]).toEqual([
      1,
      `.github/fanfold.gpus.yml: error: the config is not there
  fix: name one that is there: .github/fanfold.cpu.yml, .github/fanfold.gpu.yml
`,
    ]);
  });
});
