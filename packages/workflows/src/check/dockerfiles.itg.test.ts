import { describe, expect, test } from "vitest";
import { ExampleClone } from "../testing/example-clone.ts";

const MATRIX = `include:
  - { backend: a, tag-suffix: -a, dockerfile: a/Dockerfile, context: . }
  - { backend: b, tag-suffix: -b, dockerfile: b/Dockerfile, context: b }
`;
const FILES = {
  ".github/backend-matrix.yml": MATRIX,
  ".github/fanfold.yml": "images: [ghcr.io/octo/images]\n",
  ".dockerignore": ".git\n",
  "a/Dockerfile": "FROM x\nCOPY src/a.txt lib /\n",
  "b/Dockerfile": "FROM x\nCOPY x.txt /\n",
  "b/x.txt": "1\n",
  "lib/1.md": "1\n",
  "lib/2.txt": "1\n",
  "src/a.txt": "1\n",
};

/** What check says of a repository with these files, a line for each finding, without what to do about it. */
async function findings(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  await using clone = await ExampleClone.create({ ...FILES, ...files });
  const { stdout } = await clone.fanfold(["check", "--json"]);
  const found: {
    findings: { code: string; severity: string; message: string; at: { file: string; line?: number } }[];
  } = JSON.parse(stdout);
  return found.findings.map(
    ({ code, severity, message, at }) => `${severity} ${code} ${at.file}:${at.line ?? ""} ${message}`,
  );
}

test("Dockerfiles that read what is there, and no rules: nothing is found", async () => {
  expect(await findings({})).toEqual([]);
});

test("what BuildKit would refuse: a stage that is not there, a stage that reads itself", async () => {
  const target = MATRIX.replace("context: b }", "context: b, target: prod }");
  expect(
    await findings({ ".github/backend-matrix.yml": target, "a/Dockerfile": "FROM x AS a\nCOPY --from=a /a /b\n" }),
  ).toEqual([
    expect.stringMatching(/^warning dockerfile-refused a\/Dockerfile:2 cannot be built: /),
    "warning dockerfile-refused .github/backend-matrix.yml:3 b/Dockerfile cannot be built: there is no stage prod",
  ]);
});

describe("sources", () => {
  test("what a context does not hold, each line once for all entries", async () => {
    const more = MATRIX.replace(/.*-b.*/, (line) => `${line}\n${line.replace("-b,", "-c,").replace("b,", "c,")}`);
    expect(
      await findings({
        ".github/backend-matrix.yml": more,
        "b/Dockerfile": "FROM x\nCOPY src/a.txt /\nRUN --mount=source=made,target=/m true\n",
      }),
    ).toEqual([
      "warning source-outside-context b/Dockerfile:2 COPY src/a.txt: the context b has no such file; the repository has it at src/a.txt",
      "warning source-not-tracked b/Dockerfile:3 RUN --mount=source=made,target=/m: git tracks no such file, so anything may have made it: any file of the repository counts",
    ]);
  });

  test("what no stage needs, patterns that match nothing beside a companion, and what exceptions give back", async () => {
    expect(
      await findings({
        ".dockerignore": "*\n!lib/2.txt\n!src\n",
        "b/Dockerfile": "FROM x AS idle\nCOPY nothing /\nFROM x\nCOPY x.txt y.txt* /\n",
      }),
    ).toEqual([]);
  });

  test("what an ignore file takes away, a file and a whole folder; its own wins", async () => {
    const message = (what: string, file: string) =>
      `warning source-ignored a/Dockerfile:2 COPY ${what}: ${file} takes it out of the context`;
    expect(await findings({ ".dockerignore": "**/*.txt\n.git\nlib/1.md\n" })).toEqual([
      message("src/a.txt", ".dockerignore"),
      message("lib", ".dockerignore"),
    ]);
    expect(await findings({ "a/Dockerfile.dockerignore": "src\n" })).toEqual([
      message("src/a.txt", "a/Dockerfile.dockerignore"),
    ]);
  });

  test("what an ignore file takes away of a pattern, and of the whole context", async () => {
    const copying = async (source: string, ignore: string) =>
      findings({ "a/Dockerfile": `FROM x\nCOPY ${source} /x/\n`, ".dockerignore": ignore });
    const all = (source: string) =>
      `warning source-ignored a/Dockerfile:2 COPY ${source}: .dockerignore takes all that it means out of the context`;
    expect(await copying("lib/*.md", "**/*.md\n")).toEqual([all("lib/*.md")]);
    expect(await copying("l*", "lib\n")).toEqual([all("l*")]);
    expect(await copying(".", "*\n")).toEqual([all(".")]);
    expect(await copying("lib/*", "**/*.md\n")).toEqual([]);
    expect(await copying("l*", "lib\n!lib/2.txt\n")).toEqual([]);
    expect(await copying("src/a.txt lib/*.md", "**/*.md\n")).toEqual([]);
    expect(await copying(".", "*\n!lib\n")).toEqual([]);
  });

  test("a pattern that means files outside of the context", async () => {
    expect(await findings({ "b/Dockerfile": "FROM x\nCOPY lib/*.md /x/\n" })).toEqual([
      "warning source-outside-context b/Dockerfile:2 COPY lib/*.md: the context b has no such file; the repository has it at lib/*.md",
    ]);
    expect(await findings({ "b/Dockerfile": "FROM x\nCOPY x.txt lib/*.md /x/\n" })).toEqual([]);
  });

  test(".git by its name is a warning, with the whole root a notice, and none where it is ignored", async () => {
    const codes = async (files: Readonly<Record<string, string>>) =>
      (await findings(files)).map((line) => line.split(" ").slice(0, 3).join(" "));
    expect(await codes({ "a/Dockerfile": "FROM x\nCOPY ./.git /x\n" })).toEqual(["warning git-copied a/Dockerfile:2"]);
    const whole = { "a/Dockerfile": "FROM x\nCOPY . /x\n" };
    expect(await codes({ ...whole, ".dockerignore": "x\n" })).toEqual(["notice git-copied a/Dockerfile:2"]);
    expect(await codes(whole)).toEqual([]);
    expect(await codes({ "b/Dockerfile": "FROM x\nCOPY . /x\n" })).toEqual([]);
  });
});

describe("rules", () => {
  const config = (text: string) => ({ ".github/fanfold.yml": `images: [ghcr.io/octo/images]\n${text}` });

  test("infer: false: what is read and that no rule mentions is an error at its line", async () => {
    const rules = 'infer: false\ninputs:\n  - paths: ["{dockerfile}", "b/**", "src/**", ".dockerignore"]\n';
    expect(await findings(config(rules))).toEqual([
      "error source-without-rule a/Dockerfile:2 COPY lib: no rule mentions lib/1.md, lib/2.txt, which 1 entry reads",
    ]);
    expect(await findings(config(`${rules}ignore: ["lib/*.md"]\n`))).toEqual([
      "error source-without-rule a/Dockerfile:2 COPY lib: no rule mentions lib/2.txt, which 1 entry reads",
      'notice ignore-takes-source .github/fanfold.yml:5 "lib/*.md": lib/1.md is read (a/Dockerfile:2 COPY lib), and a change builds nothing',
    ]);
    expect(await findings(config(`${rules}    except: ["lib/**"]\n`))).toEqual([]);
  });

  test("infer is on: nothing need be written", async () => {
    expect(await findings(config('inputs:\n  - paths: ["b/**"]\n'))).toEqual([]);
  });

  test("a rule with when that names more than is read, where that is certain", async () => {
    const rule = 'inputs:\n  - when: { backend: a }\n    paths: ["src/**", "lib/**", "docs/**"]\n';
    expect(await findings({ ...config(rule), "docs/x": "1\n", "src/b.txt": "1\n" })).toEqual([
      "notice rule-too-wide .github/fanfold.yml:3 no Dockerfile of its 1 entry reads docs/x, src/b.txt, which it names",
    ]);
    // In a repository of more than one commit, with what it cost.
    await using clone = await ExampleClone.create({ ...FILES, ...config(rule), "docs/x": "1\n", "src/b.txt": "1\n" });
    for (const files of [
      { "docs/x": "2\n" },
      { "docs/x": "3\n", "src/a.txt": "2\n" },
      { "b/x.txt": "2\n" },
      { "src/b.txt": "2\n" },
    ]) {
      await clone.repository.commit({ files });
    }
    await clone.repository.checkout("main");
    expect((await clone.fanfold(["check"])).stderr).toContain(
      "reads docs/x, src/b.txt, which it names; of the last 4 commits 2 built 2 images by it alone\n",
    );
    // It takes the place of the whole context.
    const whole = { "a/Dockerfile": "FROM x\nCOPY . /\n" };
    expect(await findings({ ...config(rule), ...whole, "docs/x": "1\n" })).toEqual([]);
    const made = { "a/Dockerfile": "FROM x\nCOPY made /\n" };
    expect(await findings({ ...config(rule), ...made, "docs/x": "1\n" })).toEqual([]);
  });

  test("ignore never takes away what is named by its own path", async () => {
    expect(await findings(config('ignore: ["**/*.txt"]\n'))).toEqual([
      'notice ignore-takes-source .github/fanfold.yml:2 "**/*.txt": lib/2.txt is read (a/Dockerfile:2 COPY lib), and a change builds nothing',
    ]);
  });
});

test("a file called dockerfile is what an entry is built from that names no other", async () => {
  const matrix = MATRIX.replace("dockerfile: b/Dockerfile, ", "").replace("context: b }", "context: c }");
  const files = { "c/dockerfile": "FROM x\nCOPY nothing /\n", ".github/backend-matrix.yml": matrix };
  expect(await findings(files)).toEqual([
    expect.stringMatching(/^warning source-not-tracked c\/[Dd]ockerfile:2 COPY nothing: /),
    "notice dockerfile-without-entry b/Dockerfile: no entry is built from it",
  ]);
});

test("Dockerfiles that no entry is built from, and files that are only called like one", async () => {
  const files = {
    "c/Dockerfile": "FROM x\n",
    "c/Dockerfile.dockerignore": "*\n",
    "c/Dockerfile.template": "FROM {{ x }}\n",
    "c/testdata/Dockerfile": "FROM x\n",
    "vendor/x/Dockerfile": "FROM x\n",
  };
  expect(await findings(files)).toEqual(["notice dockerfile-without-entry c/Dockerfile: no entry is built from it"]);
  await using clone = await ExampleClone.create({ ...FILES, ...files });
  // Other families may build it.
  expect((await clone.fanfold(["check", "--config", ".github/fanfold.yml"])).stderr).toBe("");
});
