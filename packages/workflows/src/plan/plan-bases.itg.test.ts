import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gitEnvironment } from "@fanfold-rigs/github-stand-in";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runFanfold } from "../testing/run-fanfold.ts";
import type { Plan } from "./plan.ts";
import { planSchema } from "./plan-schema.ts";

const onto = (base: string): string =>
  `ARG REGISTRY=quay.io\nARG OWNER=jupyter\nARG BASE_IMAGE=$REGISTRY/$OWNER/${base}\nFROM $BASE_IMAGE\nCOPY files /\n`;

const FILES: Readonly<Record<string, string>> = {
  ".github/fanfold.yml": `images: ["quay.io/jupyter/{image}"]
workflow: { branches: [main], registries: [{ host: quay.io, username: Q_USER, password: Q_PASS }] }
`,
  ".github/backend-matrix.yml": `include:
${["foundation", "base-notebook", "minimal-notebook", "scipy-notebook"]
  .flatMap((name) =>
    ["amd64", "arm64"].map(
      (arch) =>
        `  - { backend: ${name}, platforms: linux/${arch}, platform-tag: ${arch}, context: ${name}, dockerfile: ${name}/Dockerfile }\n`,
    ),
  )
  .join("")}  - { backend: r-notebook, platforms: linux/amd64, context: r-notebook, dockerfile: r-notebook/Dockerfile }
  - { backend: tool, platforms: linux/amd64, context: tool, dockerfile: tool/Dockerfile }
`,
  "foundation/Dockerfile": "FROM ubuntu:24.04\nCOPY files /\n",
  "base-notebook/Dockerfile": onto("foundation"),
  "minimal-notebook/Dockerfile": onto("base-notebook"),
  "scipy-notebook/Dockerfile": onto("minimal-notebook"),
  "r-notebook/Dockerfile": onto("minimal-notebook:latest"),
  "tool/Dockerfile": "FROM alpine\nCOPY files /\n",
  ...Object.fromEntries(
    ["foundation", "base-notebook", "minimal-notebook", "scipy-notebook", "r-notebook", "tool"].map((name) => [
      `${name}/files/a`,
      name,
    ]),
  ),
};

const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile<Plan>(planSchema);
const author = ["-c", "user.name=a", "-c", "user.email=a@example.com"];

/** Holds the repository, and what a runner has beside it. */
let home: string;
let root: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "fanfold-bases-"));
  root = join(home, "repository");
  mkdirSync(root);
  git("init", "-q", "-b", "main");
  commit(FILES);
});

afterEach(() => {
  rmSync(home, { recursive: true });
});

function git(...args: readonly string[]): string {
  return execFileSync("git", args, {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, ...gitEnvironment() },
  }).trim();
}

function commit(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  git("add", "-A");
  git(...author, "commit", "-q", "-m", "x");
}

/** `fanfold` in the repository; its output and the runner's files. */
async function run(args: readonly string[], event?: string) {
  const [file, outputs, summary] = ["event.json", "outputs", "summary"].map((name) => join(home, name));
  if (file === undefined || outputs === undefined || summary === undefined) throw new Error("three names");
  for (const each of [outputs, summary]) writeFileSync(each, "");
  writeFileSync(file, JSON.stringify({ repository: { full_name: "jupyter/x", default_branch: "main" } }));
  const env = {
    ...gitEnvironment(),
    GITHUB_OUTPUT: outputs,
    GITHUB_STEP_SUMMARY: summary,
    ...(event === undefined
      ? {}
      : {
          GITHUB_EVENT_NAME: event,
          GITHUB_EVENT_PATH: file,
          GITHUB_SHA: git("rev-parse", "HEAD"),
          GITHUB_REF: "refs/heads/main",
          GITHUB_REPOSITORY: "jupyter/x",
        }),
  };
  const ran = await runFanfold(args, { cwd: root, env });
  return {
    ...ran,
    summary: readFileSync(summary, "utf8"),
    outputs: new Map(
      [...readFileSync(outputs, "utf8").matchAll(/^(\S+?)<<(\S+)\n([\s\S]*?)\n\2$/gm)].map(
        ([, name = "", , value = ""]) => [name, value] as const,
      ),
    ),
  };
}

function planOf({ code, stdout, stderr }: Awaited<ReturnType<typeof run>>): Plan {
  expect(`${code} ${stderr}`).toMatch(/^0 /);
  const made: unknown = JSON.parse(stdout);
  if (!validate(made)) throw new Error(JSON.stringify(validate.errors));
  return made;
}

/** Backends of each output that holds a matrix, each once. */
function jobs(outputs: ReadonlyMap<string, string>): Readonly<Record<string, readonly string[]>> {
  const matrices = [...outputs].filter(([name]) => /^matrix-.+-\d+$/.test(name));
  return Object.fromEntries(
    matrices.map(([name, value]) => {
      const { include }: { include: readonly { backend: string }[] } = JSON.parse(value);
      return [name, [...new Set(include.map(({ backend }) => backend))]];
    }),
  );
}

const LEVELS = { multi: [], single: ["tool"], waves: [["foundation"], ["base-notebook"], ["minimal-notebook"]] };

describe("a push", () => {
  test("builds images in the order in which they stand on each other, and those without an edge beside them", async () => {
    const ran = await run(
      ["plan", "--force-all", "--json", "--shards", "multi=1,single=1,wave1=1,wave2=1,wave3=1,wave4=2"],
      "push",
    );
    const plan = planOf(ran);
    expect(jobs(ran.outputs)).toEqual({
      "matrix-multi-1": LEVELS.multi,
      "matrix-single-1": LEVELS.single,
      "matrix-wave1-1": LEVELS.waves[0],
      "matrix-wave2-1": LEVELS.waves[1],
      "matrix-wave3-1": LEVELS.waves[2],
      "matrix-wave4-1": ["scipy-notebook", "r-notebook"],
      "matrix-wave4-2": [],
    });
    expect([ran.outputs.get("has-wave4-1"), ran.outputs.get("has-wave4-2")]).toEqual(["true", "false"]);
    expect(plan.bases["digests-r-notebook-core--single"]).toEqual([
      {
        context: "quay.io/jupyter/minimal-notebook",
        image: "minimal-notebook",
        artifacts: ["digests-minimal-notebook-core--amd64", "digests-minimal-notebook-core--arm64"],
        selected: true,
        digest: null,
      },
    ]);
    expect(plan.bases["digests-foundation-core--amd64"]).toBeUndefined();
    const entries = plan.matrices["include"]?.entries ?? [];
    expect(entries.find(({ backend }) => backend === "r-notebook")?.["bases-pattern"]).toBe(
      "{digests-minimal-notebook-core--amd64-*,digests-minimal-notebook-core--arm64-*}",
    );
    expect(entries.find(({ backend }) => backend === "foundation")).not.toHaveProperty("bases-pattern");
  });

  test("that changes a base builds what stands on it, and says why", async () => {
    commit({ "minimal-notebook/files/a": "other" });
    const ran = await run(["plan", "--base", "HEAD~1", "--json"]);
    const plan = planOf(ran);
    expect(jobs(ran.outputs)).toMatchObject({
      "matrix-wave1-1": [],
      "matrix-wave2-1": [],
      "matrix-wave3-1": ["minimal-notebook"],
      "matrix-wave4-1": ["scipy-notebook", "r-notebook"],
      "matrix-single-1": [],
    });
    expect(plan.causes.filter(({ rule }) => rule === "base")).toMatchObject([
      {
        base: "minimal-notebook",
        inferred: "scipy-notebook/Dockerfile:4 FROM $BASE_IMAGE",
        path: null,
      },
      { base: "minimal-notebook" },
      { base: "minimal-notebook", inferred: "r-notebook/Dockerfile:4 FROM $BASE_IMAGE" },
    ]);
    // Its own base is taken as published.
    expect(plan.bases["digests-minimal-notebook-core--amd64"]).toEqual([
      {
        context: "quay.io/jupyter/base-notebook",
        image: "base-notebook",
        artifacts: [],
        selected: false,
        digest: null,
      },
    ]);
    expect(ran.summary.split("#### What stands on what\n\n")[1]?.split("\n\n")[0]).toBe(
      [
        "```mermaid",
        "graph LR",
        '  i0["base-notebook (as published)"]',
        '  i1["minimal-notebook"]',
        '  i2["scipy-notebook"]',
        '  i3["r-notebook"]',
        "  i0 --> i1",
        "  i1 --> i2",
        "  i1 --> i3",
        "```",
      ].join("\n"),
    );
    const text = await run(["plan", "--base", "HEAD~1"]);
    expect(text.stdout).toContain("base minimal-notebook is built (scipy-notebook/Dockerfile:4 FROM $BASE_IMAGE)");
  });

  test("a name that is chosen brings what stands on it; infer: false takes no edge away", async () => {
    const config = `${FILES[".github/fanfold.yml"]}infer: false\ninputs: [{ paths: ["{backend}/**"] }]\n`;
    commit({ ".github/fanfold.yml": config });
    const ran = await run(["plan", "--only", "base-notebook", "--json"]);
    expect(planOf(ran).causes.map(({ rule, base }) => base ?? rule)).toEqual([
      ...["only", "only", "base-notebook", "base-notebook"],
      ...["minimal-notebook", "minimal-notebook", "minimal-notebook"],
    ]);
  });
});

test("a context that is another entry is handed over, or taken as published", async () => {
  const matrix = FILES[".github/backend-matrix.yml"]?.replace(
    "{ backend: tool,",
    '{ backend: tool, contexts: { "docker.io/library/alpine:latest": "target:foundation" },',
  );
  commit({ ".github/backend-matrix.yml": matrix ?? "" });
  commit({ "tool/files/a": "other" });
  const alone = planOf(await run(["plan", "--base", "HEAD~1", "--json"]));
  expect(alone.targets["digests-tool-core--single"]?.["contexts"]).toEqual({
    "docker.io/library/alpine:latest": "docker-image://quay.io/jupyter/foundation:main",
  });
  const both = planOf(await run(["plan", "--force-all", "--json"], "push"));
  expect(both.targets["digests-tool-core--single"]?.["contexts"]).toEqual({});
  expect(both.bases["digests-tool-core--single"]).toMatchObject([
    { context: "alpine", image: "foundation", selected: true },
  ]);
});

describe("a pull request", () => {
  test("has no waves, and every entry knows its bases", async () => {
    const ran = await run(
      ["plan", "--force-all", "--json", "--shards", "multi=1,single=1,wave1=1,wave2=1,wave3=1,wave4=1"],
      "pull_request",
    );
    const plan = planOf(ran);
    expect(jobs(ran.outputs)).toEqual({
      "matrix-multi-1": ["foundation", "base-notebook", "minimal-notebook", "scipy-notebook"],
      "matrix-single-1": ["r-notebook", "tool"],
      "matrix-wave1-1": [],
      "matrix-wave2-1": [],
      "matrix-wave3-1": [],
      "matrix-wave4-1": [],
    });
    expect(plan.bases["digests-r-notebook-core--single"]).toMatchObject([{ selected: true }]);
    expect(JSON.stringify(plan.matrices)).not.toContain("bases-pattern");
  });

  test("is refused what its push would be: waves that the workflow has no jobs for", async () => {
    for (const event of ["pull_request", "push"]) {
      const ran = await run(["plan", "--force-all", "--shards", "multi=1,single=1,wave1=1,wave2=1,wave3=1"], event);
      expect(ran.code).toBe(1);
      expect(ran.stderr).toContain(
        "scipy-notebook/Dockerfile:4: error: the matrix needs 1 shard of class wave4 (scipy-notebook/Dockerfile:4 FROM $BASE_IMAGE), and the workflow has no jobs for that wave",
      );
      expect(ran.outputs.size).toBe(0);
    }
  });

  test("leaves out what stands on an image that needs a secret", async () => {
    const matrix = FILES[".github/backend-matrix.yml"]?.replaceAll(
      "{ backend: minimal-notebook,",
      '{ backend: minimal-notebook, secret: ["id=npm,env=NPM_TOKEN"],',
    );
    commit({ ".github/backend-matrix.yml": matrix ?? "" });
    const ran = await run(["plan", "--force-all", "--json"], "pull_request");
    expect(jobs(ran.outputs)).toEqual({
      "matrix-multi-1": ["foundation", "base-notebook"],
      "matrix-single-1": ["tool"],
    });
    expect(ran.stderr).toContain("minimal-notebook, scipy-notebook, r-notebook");
  });
});

test.each([
  [
    "images that stand on each other",
    { "foundation/Dockerfile": "FROM quay.io/jupyter/scipy-notebook\n" },
    "foundation/Dockerfile:1: error: images are built from each other",
  ],
  [
    "a name that needs does not find",
    {
      ".github/backend-matrix.yml": `${FILES[".github/backend-matrix.yml"]}  - { backend: x, context: tool, dockerfile: tool/Dockerfile, needs: [tol] }\n`,
    },
    '.github/backend-matrix.yml:12:70: error: needs: no image, backend or tag-suffix is called "tol" (did you mean "tool"?)',
  ],
])("refused: %s", async (_, files, message) => {
  commit(files);
  const ran = await run(["plan", "--force-all"], "push");
  expect(ran.code).toBe(1);
  expect(ran.stderr).toContain(message);
  expect(ran.outputs.size).toBe(0);
});

test("explain and check show what stands on what", async () => {
  commit({ "minimal-notebook/files/a": "other", "tool/Dockerfile": "FROM quay.io/jupyter/foundation:2024-01-01\n" });
  const explained = await run(["explain", "minimal-notebook", "--base", "HEAD~1"]);
  expect(explained.stdout).toContain(
    `      built from base-notebook (minimal-notebook/Dockerfile:4 FROM $BASE_IMAGE)
      base of scipy-notebook, r-notebook
      in wave 3
`,
  );
  expect((await run(["explain", "r-notebook", "--base", "HEAD~1"])).stdout).toContain(
    "base minimal-notebook is built (r-notebook/Dockerfile:4 FROM $BASE_IMAGE)",
  );
  expect((await run(["explain", "base-notebook/files/a"])).stdout).toBe(
    `base-notebook/files/a: selects 1 image
  base-notebook/Dockerfile:5 COPY files: base-notebook/files/**
      base-notebook
  and what stands on them: minimal-notebook, scipy-notebook, r-notebook
`,
  );
  const checked = await run(["check"]);
  expect(checked.stdout).toContain("  wave 4 of .github/backend-matrix.yml: scipy-notebook, r-notebook\n");
  expect(checked.stderr).toContain(
    "tool/Dockerfile:1: notice: FROM quay.io/jupyter/foundation:2024-01-01 names foundation by the tag 2024-01-01, which the default branch does not give",
  );
  const { families } = JSON.parse((await run(["check", "--json"])).stdout);
  expect(families[0].waves.map(({ length }: { length: number }) => length)).toEqual([1, 1, 1, 2]);
});

test("a change of nothing that stands on anything draws no picture", async () => {
  commit({ "tool/files/a": "other" });
  expect((await run(["plan", "--base", "HEAD~1"])).summary).not.toContain("mermaid");
});

test("without a repository the Dockerfiles are read where they lie", async () => {
  rmSync(join(root, ".git"), { recursive: true });
  const list = join(home, "files");
  writeFileSync(list, "base-notebook/files/a\n");
  const ran = await run(["plan", "--files-from", list, "--json"]);
  const bases = planOf(ran).causes.flatMap(({ base }) => base ?? []);
  expect(new Set(bases)).toEqual(new Set(["base-notebook", "minimal-notebook", "foundation"]));
});

describe("what the repository does not show", () => {
  const causes = async (): Promise<readonly (string | undefined)[]> =>
    planOf(await run(["plan", "--base", "HEAD~1", "--json"])).causes.flatMap(({ base, inferred }) =>
      base === undefined ? [] : `${base}: ${inferred}`,
    );

  test("a Dockerfile that is made before the build may stand on any image, unless needs says it", async () => {
    const matrix = `${FILES[".github/backend-matrix.yml"]}`;
    const made =
      "{ backend: made, platforms: linux/amd64, context: made, dockerfile: made/Dockerfile, paths: [made/**]";
    commit({
      ".gitignore": "/made/Dockerfile\n",
      ".github/backend-matrix.yml": `${matrix}  - ${made} }\n`,
      "made/x": "",
    });
    // As it lies on somebody's machine, and in no commit.
    writeFileSync(join(root, "made/Dockerfile"), "FROM quay.io/jupyter/foundation\n");
    commit({ "tool/files/a": "other" });
    const { stderr } = await run(["plan", "--base", "HEAD~1"]);
    expect(stderr).toContain(
      "made/Dockerfile: warning: the repository has no such file, so anything may have made it: built with every other image, as they may stand on any: made\n",
    );
    expect(await causes()).toEqual(["tool: made/Dockerfile, which the repository does not have"]);
    const { findings } = JSON.parse((await run(["check", "--json"])).stdout);
    expect(findings.map(({ code }: { code: string }) => code)).toContain("dockerfile-missing");

    commit({ ".github/backend-matrix.yml": `${matrix}  - ${made}, needs: [r-notebook] }\n` });
    commit({ "tool/files/a": "another" });
    expect(await causes()).toEqual([]);
    commit({ "r-notebook/files/a": "other" });
    expect(await causes()).toEqual(["r-notebook: needs r-notebook"]);
  });

  test("an image that names itself is built on what is published of it", async () => {
    commit({
      "tool/Dockerfile": "FROM quay.io/jupyter/tool:main AS before\nFROM alpine\nCOPY --from=before /cache /cache\n",
      "r-notebook/Dockerfile": "FROM quay.io/jupyter/tool\nCOPY --from=quay.io/jupyter/r-notebook /cache /cache\n",
    });
    const ran = await run(["plan", "--base", "HEAD~1", "--json"]);
    expect(jobs(ran.outputs)).toMatchObject({ "matrix-wave1-1": ["tool"], "matrix-wave2-1": ["r-notebook"] });
    expect(ran.stderr).toContain(
      "tool/Dockerfile:1: notice: FROM quay.io/jupyter/tool:main names tool, which is built here itself: what is published of it is used\n",
    );
    expect((await run(["check"])).code).toBe(0);
    commit({
      ".github/backend-matrix.yml": `${FILES[".github/backend-matrix.yml"]}`.replace(
        "tool/Dockerfile }",
        "tool/Dockerfile, needs: [tool] }",
      ),
    });
    expect((await run(["plan", "--base", "HEAD~1"])).stderr).toContain(
      'needs: "tool" is this image itself, which cannot be built before it\n  fix: remove it\n',
    );
  });
});

describe("the default branch, whose tags are no pins,", () => {
  const config = (branches: string): string =>
    `${FILES[".github/fanfold.yml"]}`.replace("branches: [main]", `branches: ${branches}`);
  const generated = async (): Promise<boolean> => {
    expect((await run(["generate"])).code).toBe(0);
    return readFileSync(join(root, ".github/workflows/backend.yml"), "utf8").includes("has-wave5-1");
  };
  /** Whether the plan of a push has a wave for what stands on `foundation:dev`, by what it says and by what it gives. */
  const planned = async (event?: string): Promise<readonly [edge: boolean, notice: boolean]> => {
    const ran = await run(["plan", "--force-all", "--json"], event);
    const { bases } = planOf(ran);
    return [Object.keys(bases).some((artifact) => artifact.includes("tool")), ran.stderr.includes("by the tag dev")];
  };

  test("is the one that origin has, or the event names; else any of those that are built", async () => {
    commit({
      ".github/fanfold.yml": config("[dev, main]"),
      "tool/Dockerfile": "FROM quay.io/jupyter/scipy-notebook:dev\n",
    });
    // Nobody says: more than need be waits.
    expect([await generated(), await planned()]).toEqual([true, [true, false]]);
    git("update-ref", "refs/remotes/origin/main", "HEAD");
    git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main");
    expect([await generated(), await planned(), await planned("push")]).toEqual([false, [false, true], [false, true]]);
    git("update-ref", "refs/remotes/origin/dev", "HEAD");
    git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/dev");
    expect([await generated(), await planned()]).toEqual([true, [true, false]]);
    // The event of `run` says main, whatever the clone was told.
    expect(await planned("push")).toEqual([false, true]);
    expect((await run(["generate", "--check"], "push")).code).toBe(1);
  });
});
