import { expect, test } from "vitest";
import { configsAmong } from "./config-files.ts";

test("configs are found by their names, the default one first", () => {
  const names = ["fanfold.gpu.yml", "fanfold.yml", "fanfold.a.yml", "backend-matrix.yml", "dependabot.yml"];
  expect(configsAmong(names, ["README.md", "package.json"])).toEqual({
    configs: [".github/fanfold.yml", ".github/fanfold.a.yml", ".github/fanfold.gpu.yml"],
    misspelt: [],
  });
});

test.each([
  ["fanfold.yaml", "fanfold.yml"],
  ["fanfold.gpu.yaml", "fanfold.gpu.yml"],
  ["fanfold-gpu.yml", "fanfold.gpu.yml"],
  ["fanfold_gpu.yaml", "fanfold.gpu.yml"],
  ["Fanfold.yml", "fanfold.yml"],
  ["fanfold.YML", "fanfold.yml"],
  ["fanfold.yml.yml", "fanfold.yml.yml"],
  ["fanfolds.yml", "fanfold.yml"],
  ["fanfod.yml", "fanfold.yml"],
  [".fanfold.yml", "fanfold.yml"],
  ["fanfold..yml", "fanfold.yml"],
  ["fanfold.json", "fanfold.yml"],
])("%s is not read without a word", (name, meant) => {
  const { configs, misspelt } = configsAmong([name], []);
  // A name of the right form is a config, whatever it says.
  if (configs.length > 0) expect(configs).toEqual([`.github/${meant}`]);
  else {
    expect(misspelt).toMatchObject([
      { code: "config-spelling", at: { file: `.github/${name}` }, fix: `rename it to .github/${meant}` },
    ]);
  }
});

test("one in the repository's root is found, too; other files are nobody's business", () => {
  expect(configsAmong([], ["fanfold.yml"]).misspelt).toMatchObject([{ at: { file: "fanfold.yml" } }]);
  const others = ["folder.yml", "scaffold.yml", "manifold.yml", "fan.yml", "fanfold.md", "fanfold", "unfold.yaml"];
  expect(configsAmong(others, others)).toEqual({ configs: [], misspelt: [] });
});
