import { rulesOf } from "@fanfold/changed-backends/internal";
import { expect, test } from "vitest";
import { configRulePlace } from "../explain/explanation.ts";
import { readFamily } from "./family.ts";

const MATRIX = "include:\n  - { tag-suffix: -x, dockerfile: Dockerfile }\n";
const CONFIG = "images: [ghcr.io/o/x]\nworkflow: { name: images, need-disk: 60GB }\n";

const familyOf = (config: string) =>
  readFamily(
    { root: "/nowhere", readInput: async (path) => (path === ".github/fanfold.yml" ? config : MATRIX) },
    { config: ".github/fanfold.yml", matrix: undefined },
  );

test("generated files select nothing, but for what the build workflow does", async () => {
  const { ground } = await familyOf(CONFIG);
  expect(ground.generated).toEqual([
    ".github/workflows/images.yml",
    ".github/workflows/images_pr.yml",
    ".github/workflows/images_merge.yml",
    ".github/actions/free-disk-space/action.yml",
    ".github/actions/images-free-disk-space/action.yml",
    ".github/actions/setup-build-disk/action.yml",
    ".github/actions/images-setup-build-disk/action.yml",
  ]);
  expect(ground.workflow).toMatchObject({ path: ".github/workflows/images_build.yml", lists: ["include"] });
});

test("a build workflow that is no input is a generated file like the others", async () => {
  const { ground } = await familyOf("workflow: { rebuild-on-change: false }\n");
  expect(ground.workflow).toBeUndefined();
  expect(ground.generated).toContain(".github/workflows/backend_build.yml");
});

test("a config that cannot be read is not taken for none: the rules that need none would select less", async () => {
  const failing = (code: string | undefined) =>
    readFamily(
      {
        root: "/nowhere",
        readInput: async (path) => {
          if (path !== ".github/fanfold.yml") return MATRIX;
          throw Object.assign(new Error("git cannot read it"), code === undefined ? {} : { code });
        },
      },
      { config: undefined, matrix: undefined },
    );
  expect((await failing("ENOENT")).config.file).toBeNull();
  for (const code of [undefined, "EIO", "EMFILE", "EACCES"]) {
    await expect(failing(code)).rejects.toMatchObject({ code: "unreadable-input" });
  }
});

test.each([
  ["another pin and another comment", "# two\njobs: { a: { steps: [{ uses: docker/login-action@b2 }] } }", true],
  ["another action", "jobs: { a: { steps: [{ uses: docker/other-action@a1 }] } }", false],
  ["another step", "jobs: { a: { steps: [{ uses: docker/login-action@a1 }, { run: ls }] } }", false],
  ["what is not YAML", "jobs: [", false],
])("%s", async (_, changed, same) => {
  const { ground } = await familyOf(CONFIG);
  const text = "# one\njobs: { a: { steps: [{ uses: docker/login-action@a1 }] } }";
  expect(ground.workflow?.sameBuild?.(text, changed)).toBe(same);
});

test("the folder of workflow.before is an input of all that the generated workflow builds, and of nothing else", async () => {
  const { ground, config } = await familyOf("inputs: [{ paths: [a] }]\nworkflow: { before: ./.github/actions/x }\n");
  const rules = (list: string) =>
    rulesOf({}, list, ground.inputs).map(({ id, paths }) => [id, ...paths.map(({ text }) => text)]);
  expect(rules("include")).toEqual([
    ["inputs[0]", "a"],
    ["before", ".github/actions/x/**"],
  ]);
  expect(rules("includeDarwin")).toEqual([["inputs[0]", "a"]]);
  expect(configRulePlace("before", { config })).toMatchObject({ line: 2, column: 21 });
});
