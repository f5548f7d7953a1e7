import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { findings } from "../testing/github-validator.ts";
import { evaluateExpression, runStep, stepOf } from "../testing/run-step.ts";
import { errorsOf, generateSample, type Sample, textOf } from "../testing/sample-project.ts";

const IMAGES = ["base", "tools", "child", "app", "apart"];

function family(workflow = ""): Sample {
  const legs = (backend: string) =>
    ["amd64", "arm64"].map((arch) => ({ backend, dockerfile: `${backend}/Dockerfile`, "platform-tag": arch }));
  const single = (backend: string) => ({ backend, dockerfile: `${backend}/Dockerfile`, platforms: "linux/amd64" });
  const include = [...legs("app"), ...legs("child"), single("tools"), ...legs("base"), single("apart")];
  return {
    ".github/fanfold.yml": `images: ["quay.io/example/{image}", "ghcr.io/example/{image}"]\nworkflow: { branches: [main]${workflow} }\n`,
    ".github/backend-matrix.yml": JSON.stringify({ include }),
    "base/Dockerfile": "FROM scratch\n",
    "tools/Dockerfile": "FROM scratch\n",
    "child/Dockerfile": "FROM quay.io/example/base\nCOPY --from=ghcr.io/example/tools /a /\n",
    "app/Dockerfile": "ARG BASE=quay.io/example/child:latest\nFROM ${BASE}\n",
    "apart/Dockerfile": "FROM quay.io/other/base\n",
  };
}

async function workflows(sample: Sample) {
  const generation = await generateSample(sample);
  expect([errorsOf(generation), await findings(generation.files)]).toEqual([[], []]);
  const text = (kind: string) => textOf(generation, `.github/workflows/backend${kind}.yml`);
  const [push, pullRequest, build] = [text(""), text("_pr"), text("_build")];
  return { push, pullRequest, build, jobs: parse(push).jobs, proposed: parse(pullRequest).jobs };
}

const RUNS = (flag: string) =>
  `\${{ !cancelled() && needs.plan.result == 'success' && needs.plan.outputs.${flag} == 'true' }}`;

describe("images that are built from each other", () => {
  test("are built wave by wave behind the plan, next to all others, and merged when every wave has ended", async () => {
    const { jobs } = await workflows(family());
    expect(Object.keys(jobs)).toEqual([
      "plan",
      "build-multi-1",
      "build-single-1",
      "build-wave1-1",
      "build-wave2-1",
      "build-wave3-1",
      "merge",
      "ok",
    ]);
    expect(jobs).toMatchObject({
      "build-multi-1": { needs: ["plan"] },
      "build-wave1-1": { needs: ["plan"], if: RUNS("has-wave1-1") },
      "build-wave2-1": { needs: ["plan", "build-wave1-1"], if: RUNS("has-wave2-1") },
      "build-wave3-1": {
        needs: ["plan", "build-wave1-1", "build-wave2-1"],
        if: RUNS("has-wave3-1"),
        strategy: { matrix: "${{ fromJson(needs.plan.outputs.matrix-wave3-1) }}" },
        with: { publish: "leg" },
      },
      merge: { needs: expect.arrayContaining(["build-single-1", "build-wave1-1", "build-wave2-1", "build-wave3-1"]) },
      ok: { needs: expect.arrayContaining(["build-wave1-1", "build-wave3-1", "merge"]) },
    });
    expect(Object.keys(jobs.plan.outputs)).toEqual(
      expect.arrayContaining(["has-wave1-1", "matrix-wave1-1", "has-wave3-1", "matrix-wave3-1"]),
    );
  });

  test("stand among all others where nothing is published, and the plan is told of the same waves", async () => {
    const { push, pullRequest, proposed } = await workflows(family());
    expect(Object.keys(proposed)).toEqual(["plan", "build-multi-1", "build-single-1", "ok"]);
    expect(Object.keys(proposed.plan.outputs).filter((name) => name.includes("wave"))).toEqual([]);
    const shards = (text: string) => /--shards \S+/.exec(text)?.[0];
    expect(shards(push)).toBe("--shards multi=1,single=1,wave1=1,wave2=1,wave3=1");
    expect(shards(pullRequest)).toBe(shards(push));
  });

  test("have as many jobs as a wave has shards; and as a pull request has, which builds them with all others", async () => {
    const { ".github/backend-matrix.yml": _, ...files } = family();
    const on = Array.from({ length: 300 }, (_each, index) => ({
      backend: `on-${index}`,
      dockerfile: "app/Dockerfile",
    }));
    const include = ["base", "tools", "child"].map((backend) => ({ backend, dockerfile: `${backend}/Dockerfile` }));
    const matrix = JSON.stringify({ include: [...include, ...on] });
    const { push, jobs } = await workflows({ ...files, ".github/backend-matrix.yml": matrix });
    expect(push).toContain("--shards multi=1,single=2,wave1=1,wave2=1,wave3=2 ");
    expect(jobs["build-wave3-2"].needs).toEqual(["plan", "build-wave1-1", "build-wave2-1"]);
  });

  test("fetch the records of their bases into a folder of its own, where there are any and something is published", async () => {
    const { build } = await workflows(family());
    const step = stepOf(build, "build", "Fetch the records of its bases");
    expect(step["with"]).toEqual({
      pattern: "${{ fromJson(inputs.entry).bases-pattern }}",
      path: "${{ runner.temp }}/bases",
    });
    const seen = (entry: object, publish: string) => ({ inputs: { entry: JSON.stringify(entry), publish, plan: "p" } });
    const based = { "artifact-name": "a", "bases-pattern": "digests-base-core--amd64-*" };
    const runs = [
      seen(based, "leg"),
      seen(based, "nothing"),
      seen({ "artifact-name": "a" }, "leg"),
      seen({ "artifact-name": "a", "bases-pattern": null }, "leg"),
    ].map((contexts) => Boolean(evaluateExpression(String(step["if"]), contexts).coerceString().replace("false", "")));
    expect(runs).toEqual([true, false, false, false]);
    const { calls } = runStep(stepOf(build, "build", "Build"), {
      ...seen(based, "leg"),
      runner: { arch: "X64", temp: "/t" },
    });
    const [words = []] = calls;
    const [temp = ""] = words.flatMap((word, index) => (words[index - 1] === "--prefix" ? [word] : []));
    expect(words.slice(-2)).toEqual(["--records", `${temp}/bases`]);
  });

  test("are merged together: a job for each image would not know of its base", async () => {
    const generation = await generateSample(family(", merge: matrix"));
    expect(errorsOf(generation)).toMatchObject([
      { code: "bases-merged-one-by-one", at: { file: ".github/fanfold.yml", line: 2, column: 38 } },
    ]);
  });

  test("in a circle are no workflow's", async () => {
    const generation = await generateSample({ ...family(), "base/Dockerfile": "FROM quay.io/example/app\n" });
    expect(errorsOf(generation).map(({ message }) => message)).toEqual([expect.stringContaining("base")]);
  });
});

test("without such images nothing of it is generated", async () => {
  const apart = Object.fromEntries(IMAGES.map((name) => [`${name}/Dockerfile`, "FROM scratch\n"]));
  const { push, build, jobs } = await workflows({ ...family(", merge: matrix"), ...apart });
  expect(`${push}${build}`).not.toMatch(/wave|bases/);
  expect(Object.keys(jobs)).toContain("merge-rest");
});
