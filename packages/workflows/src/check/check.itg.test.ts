// cspell:ignore pyton
import { describe, expect, test } from "vitest";
import { CONFIG, FILES as EXAMPLE, ExampleClone, MATRIX, WHOLE_CONTEXT } from "../testing/example-clone.ts";

const FILES = { ...EXAMPLE, ...WHOLE_CONTEXT };

async function check(files: Parameters<typeof ExampleClone.create>[0], ...args: readonly string[]) {
  await using clone = await ExampleClone.create(files);
  return await clone.fanfold(["check", ...args]);
}

const withFiles = (matrix: string, config: string = CONFIG) => ({
  ...FILES,
  ".github/backend-matrix.yml": matrix,
  ".github/fanfold.yml": config,
});

test("nothing to complain about", async () => {
  expect(await check(FILES)).toEqual({
    code: 0,
    stdout: "1 matrix file, 5 entries: 0 errors, 0 warnings\n",
    stderr: "",
  });
});

test("from a directory below, and on a runner", async () => {
  await using clone = await ExampleClone.create(withFiles(MATRIX.replace("macos-15", "1.10")));
  const { code, stderr } = await clone.fanfold(["check"], { below: "backend", env: { GITHUB_ACTIONS: "true" } });
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr:
      '::warning file=.github/backend-matrix.yml,line=7,col=57::unquoted 1.10 is read as the number 1.1; quote it to keep it as written: "1.10"\n',
  });
});

describe("errors", () => {
  test.each([
    [
      "an entry that no rule can select",
      withFiles(MATRIX, CONFIG.replace("when: { backend: ced }", "when: { backend: cede }")),
      '.github/backend-matrix.yml:7:5: error: no change selects "-darwin-ced" of includeDarwin: no rule applies\n',
    ],
    [
      "an entry whose globs match nothing, the rest of its rule being left out",
      withFiles(MATRIX, CONFIG.replace("**/*_test.go", "**/*.go")),
      'error: no change selects "-darwin-ced" of includeDarwin: git tracks no file for backend/go/ced/**\n',
    ],
    [
      "a Dockerfile that is not there",
      withFiles(MATRIX.replaceAll("Dockerfile.python", "Dockerfile.pyton")),
      '.github/backend-matrix.yml:2:104: error: dockerfile "./backend/Dockerfile.pyton" (named by 3 entries): git tracks no such file (did you mean "backend/Dockerfile.python"?)\n',
    ],
    [
      "a context that is not there",
      withFiles(MATRIX.replace("context: ./ }", "context: backend/pyton }")),
      '.github/backend-matrix.yml:2:142: error: context "backend/pyton": git tracks nothing in such a directory (did you mean "backend/python"?)\n',
    ],
    [
      "outputs that collide",
      withFiles(MATRIX.replace("backend: ced", "backend: VLLM")),
      '.github/backend-matrix.yml:5:16: error: two outputs are named "VLLM" and "vllm"',
    ],
    [
      "images that could not be merged",
      withFiles(MATRIX.replace("platforms: linux/arm64", "platforms: linux/amd64")),
      '.github/backend-matrix.yml:3:58: error: image "-cpu-vllm": two legs build linux/amd64',
    ],
    [
      "no name of a repository",
      withFiles(MATRIX, CONFIG.replace("quay.io/example/backends", "quay.io/Example/backends")),
      '.github/fanfold.yml:1:10: error: image name "quay.io/Example/backends": expected lower case',
    ],
    [
      "an image with more legs than a matrix has jobs",
      withFiles(
        JSON.stringify({
          include: Array.from({ length: 257 }, (_, index) => ({
            "tag-suffix": "-a",
            platforms: `linux/${index}`,
            "platform-tag": `${index}`,
            backend: "vllm",
            dockerfile: "backend/Dockerfile.python",
          })),
        }),
      ),
      'image "-a" has 257 entries; one matrix takes 256 jobs',
    ],
    ["a config that cannot be read", withFiles(MATRIX, "inputs: ["), ".github/fanfold.yml:1:10: error: not valid YAML"],
    [
      "a matrix file that is not there",
      { ...FILES, ".github/fanfold.yml": `matrix: none.yml\n${CONFIG}` },
      "none.yml: error: the matrix file is not there\n",
    ],
  ])("%s", async (_, files, expected) => {
    const { code, stderr, stdout } = await check(files);
    // Once, whichever of check and generate has it to say.
    expect(stderr.split(expected)).toHaveLength(2);
    expect(stdout).toMatch(/: [1-9]\d* errors?, \d+ warnings?\n$/);
    expect(code).toBe(1);
  });
});

describe("warnings", () => {
  test.each([
    [
      "a glob that matches nothing",
      withFiles(MATRIX, CONFIG.replace("backend/python/common/**", "backend/pyton/common/**")),
      '.github/fanfold.yml:5:44: warning: "backend/pyton/common/**" matches no file that git tracks\n',
    ],
    [
      "a glob that matches nothing for some of its entries",
      withFiles(MATRIX.replace('vllm, tag-suffix: "-hip', 'mlx, tag-suffix: "-hip')),
      '.github/fanfold.yml:5:13: warning: "backend/python/{backend}/**" matches no file that git tracks, filled as backend/python/mlx/**\n',
    ],
    [
      "an except and an ignore that match nothing",
      withFiles(MATRIX, CONFIG.replace("_test.go", "_tst.go").replace("**/*.md", "**/*.rst")),
      '.github/fanfold.yml:9:10: warning: "**/*.rst" matches no file that git tracks\n',
    ],
    [
      "a rule for nobody",
      withFiles(MATRIX, CONFIG.replace("ignore:", '  - { when: { backend: nobody }, paths: ["README.md"] }\nignore:')),
      ".github/fanfold.yml:9:42: warning: this rule applies to no entry\n",
    ],
    [
      "an entry's own glob that matches nothing",
      withFiles(MATRIX.replace("runs-on: macos-15", "paths: [nothing/**]")),
      '.github/backend-matrix.yml:7:55: warning: "nothing/**" matches no file that git tracks\n',
    ],
    [
      "a leg without its sibling",
      withFiles(MATRIX.replace("runs-on: macos-15", "platform-tag: arm64")),
      '.github/backend-matrix.yml:7:62: warning: the only entry of image "-darwin-ced" has platform-tag "arm64"',
    ],
    ["no images", withFiles(MATRIX, CONFIG.replace(/images.*\n/, "")), ".github/fanfold.yml: warning: no images"],
  ])("%s", async (_, files, expected) => {
    const { code, stderr, stdout } = await check(files);
    expect(stderr).toContain(expected);
    expect(stdout).toMatch(/: 0 errors, [1-9]\d* warnings?\n$/);
    expect(code).toBe(0);
  });
});

describe("what is elsewhere is nobody's fault", () => {
  test("a remote context, a file of a submodule, a directory that is a link", async () => {
    await using clone = await ExampleClone.create({
      ...withFiles(
        MATRIX.replace("context: ./ }", "context: https://example.invalid/x.git }")
          .replace("./backend/Dockerfile.golang", "vendored/Dockerfile.golang")
          .replace(/context: \.\/ }\n(includeDarwin)/, "context: linked/below }\n$1"),
        CONFIG.replace("**/Dockerfile.python", "{**/Dockerfile.python,vendored/*}"),
      ),
      vendored: { mode: "160000", object: "0123456789012345678901234567890123456789" },
      linked: { mode: "120000", content: "backend" },
    });
    const { stderr, stdout } = await clone.fanfold(["check"]);
    expect(stderr).not.toMatch(/: error: (?:dockerfile|context)/);
    expect(stdout).toContain(" 0 errors");
  });
});

describe("several families", () => {
  const server = `matrix: .github/server-matrix.yml\nimages: [quay.io/example/server]\nworkflow: { name: server }\n`;
  const serverMatrix = `include:\n  - { backend: server, tag-suffix: "-cpu-vllm", dockerfile: backend/Dockerfile.golang }\n`;
  const both = { ...FILES, ".github/fanfold.server.yml": server, ".github/server-matrix.yml": serverMatrix };

  test("all of them are checked, unless one is named", async () => {
    expect(await check(both)).toMatchObject({ code: 0, stdout: "2 matrix files, 6 entries: 0 errors, 0 warnings\n" });
    const named = await check(both, "--config", ".github/fanfold.server.yml");
    expect(named.stdout).toBe("1 matrix file, 1 entry: 0 errors, 0 warnings\n");
    expect((await check(both, "--matrix", ".github/server-matrix.yml")).code).toBe(2);
  });

  test("the same tag in the same repository", async () => {
    const { code, stderr } = await check({
      ...both,
      ".github/fanfold.server.yml": server.replace("example/server", "example/backends"),
    });
    expect(code).toBe(1);
    expect(stderr).toContain(
      '.github/server-matrix.yml:2:36: error: image "-cpu-vllm" would be published as quay.io/example/backends:main-cpu-vllm, and so would "-cpu-vllm" of .github/fanfold.yml, .github/backend-matrix.yml:2:34\n',
    );
  });

  test("one matrix file for two families", async () => {
    const { stderr } = await check({
      ...both,
      ".github/fanfold.server.yml": `images: [quay.io/example/backends]\nworkflow: { name: server }\n`,
    });
    expect(stderr).toContain(
      '.github/backend-matrix.yml:2:34: error: image "-cpu-vllm" would be published as quay.io/example/backends:main-cpu-vllm, and so would "-cpu-vllm" of .github/fanfold.yml\n',
    );
  });

  test.each([
    ["the same workflow name", "{}", '"backend" here and in .github/fanfold.yml: both would generate the same files\n'],
    [
      "the same name in other letters",
      "{ name: Backend }",
      '"Backend" here and "backend" in .github/fanfold.yml: both',
    ],
    [
      "a name that is another family's file",
      "{ name: backend_build }",
      '"backend_build" here and "backend" in .github/fanfold.yml: both would generate .github/workflows/backend_build.yml\n',
    ],
  ])("%s", async (_, workflow, expected) => {
    const { code, stderr } = await check({
      ...both,
      ".github/fanfold.server.yml": server.replace("{ name: server }", workflow),
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^\.github\/fanfold\.server\.yml:3:\d+: error: workflow\.name is/m);
    expect(stderr).toContain(`error: workflow.name is ${expected}`);
    expect(stderr.match(/would generate/g)).toHaveLength(1);
  });

  test("one that cannot be read does not hide the other's faults", async () => {
    const { stderr } = await check({
      ...both,
      ".github/fanfold.yml": "inputs: [",
      ".github/server-matrix.yml": serverMatrix.replace("golang", "none"),
    });
    expect(stderr).toContain(".github/fanfold.yml:1:10: error: not valid YAML");
    expect(stderr).toContain('.github/server-matrix.yml:2:61: error: dockerfile "backend/Dockerfile.none"');
  });
});

test("as JSON: one document, and nothing else", async () => {
  const { code, stdout } = await check(withFiles(MATRIX.replace("macos-15", "1.10")), "--json");
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    schema: "fanfold.check/1",
    families: [{ config: ".github/fanfold.yml", matrix: ".github/backend-matrix.yml", entries: 5, waves: [] }],
    errors: 0,
    warnings: 1,
    findings: [
      {
        code: "altered-number",
        severity: "warning",
        message: "unquoted 1.10 is read as the number 1.1",
        at: { file: ".github/backend-matrix.yml", line: 7, column: 57 },
        fix: 'quote it to keep it as written: "1.10"',
      },
    ],
  });
});

test("neither a config nor a matrix file", async () => {
  const { code, stderr } = await check({ "README.md": "x\n" });
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^\.github\/backend-matrix\.yml: error: the matrix file is not there\n {2}fix: .*fanfold init/,
  );
});
