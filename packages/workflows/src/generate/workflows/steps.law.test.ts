import { isJsonObject, type Json, type JsonObject } from "@fanfold-internal/kit/read/json";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { errorsOf, generateSample, sampleMatrix, textOf } from "../testing/sample-project.ts";

const CONFIG = (merge: string) => `images: [quay.io/example/backends, ghcr.io/example/backends]
workflow:
  branches: [main]
  merge: ${merge}
  cron: "0 6 * * 0"
  need-disk: 60GB
  registries:
    - { host: quay.io, username: QUAY_USER, password: QUAY_TOKEN }
    - { host: ghcr.io, username: GITHUB_ACTOR, password: GITHUB_TOKEN }
`;

const generated = async (merge: string) => {
  const generation = await generateSample({
    ".github/fanfold.yml": CONFIG(merge),
    ".github/backend-matrix.yml": sampleMatrix({ pairs: 2, singles: 2, unsplit: 1 }),
  });
  expect(errorsOf(generation)).toEqual([]);
  return generation;
};

interface PlacedStep {
  readonly where: string;
  readonly step: JsonObject;
}

/** The steps of every job of every file, in their order. */
function jobsOf(
  files: readonly { readonly path: string; readonly text: string }[],
): readonly (readonly PlacedStep[])[] {
  return files.flatMap(({ path, text }) => {
    const file: Json = parse(text);
    const jobs = isJsonObject(file) && isJsonObject(file["jobs"]) ? Object.entries(file["jobs"]) : [];
    const runs = isJsonObject(file) && isJsonObject(file["runs"]) ? [["runs", file["runs"]] as const] : [];
    return [...jobs, ...runs].map(([id, job]) => {
      const steps = isJsonObject(job) && Array.isArray(job["steps"]) ? job["steps"] : [];
      return steps.filter(isJsonObject).map((step: JsonObject) => ({ where: `${path} ${id}`, step }));
    });
  });
}

const inputOf = ({ step }: PlacedStep, name: string): string =>
  isJsonObject(step["with"]) ? String(step["with"][name] ?? "") : "";
const textsOf = ({ step }: PlacedStep): string => JSON.stringify(step);
const uses = (placed: PlacedStep, action: string): boolean => String(placed.step["uses"]).startsWith(`${action}@`);

describe.each(["batch", "matrix"])("merge: %s", (merge) => {
  test("nothing pulls an image before the logins", async () => {
    const jobs = jobsOf((await generated(merge)).files).filter((steps) =>
      steps.some((step) => uses(step, "docker/login-action")),
    );
    expect(jobs.length).toBe(2);
    for (const steps of jobs) {
      const last = steps.findLastIndex((step) => uses(step, "docker/login-action"));
      const pulls = /docker\/setup-|docker (?:buildx|run|pull)|digest-tools|fanfold\/workflows@\S+ build/;
      expect(steps.slice(0, last).filter((step) => pulls.test(textsOf(step)))).toEqual([]);
    }
  });

  test("no step unpacks into a folder, or above one, that a program is looked up in", async () => {
    const steps = jobsOf((await generated(merge)).files).flat();
    const prefixes = steps.flatMap((step) =>
      [...textsOf(step).matchAll(/--prefix (?:\\")?([^"\\ ]+)/g)].map(([, prefix = ""]) => prefix),
    );
    expect(new Set(prefixes)).toEqual(new Set(["$RUNNER_TEMP"]));
    const downloads = steps.filter((step) => uses(step, "actions/download-artifact"));
    expect(downloads.length).toBe(3);
    for (const step of downloads) {
      const path = inputOf(step, "path").replace("${{ runner.temp }}", "$RUNNER_TEMP");
      expect(path).toMatch(/^\$RUNNER_TEMP\/[a-z]+$/);
      for (const prefix of prefixes) expect(`${prefix}/`.startsWith(`${path}/`), `${step.where}: ${path}`).toBe(false);
    }
    // Where the same folders are removed or made, they are not where a program is run from either.
    expect(steps.filter(({ step }) => step["working-directory"] !== undefined)).toEqual([]);
  });

  test("every artifact is named by its attempt, and none is overwritten", async () => {
    const uploads = jobsOf((await generated(merge)).files)
      .flat()
      .filter((step) => uses(step, "actions/upload-artifact"));
    expect(uploads.length).toBe(3);
    for (const step of uploads) {
      expect(inputOf(step, "name")).toMatch(/-\$\{\{ github\.run_attempt \}\}$/);
      expect(inputOf(step, "overwrite")).toBe("");
    }
  });

  test("whatever an action pulls is pinned by digest", async () => {
    const steps = jobsOf((await generated(merge)).files).flat();
    const pulling = steps.filter((step) => /docker\/setup-(?:buildx|qemu)-action/.test(textsOf(step)));
    expect(pulling.length).toBe(2);
    for (const step of pulling) expect(textsOf(step)).toMatch(/@sha256:[0-9a-f]{64}/);
  });
});

test("no step of a build holds logic: each script is one command", async () => {
  const [steps = []] = jobsOf(
    (await generated("batch")).files.filter(({ path }) => path === ".github/workflows/backend_build.yml"),
  );
  const scripts = steps.flatMap(({ step }) => (typeof step["run"] === "string" ? [step["run"]] : []));
  expect(scripts.length).toBe(1);
  for (const script of scripts) expect(script.trimEnd().replaceAll("\\\n", "")).toMatch(/^npx [^\n;&|<>`(){}]+$/);
});

test("pins of images are read back and kept; one without a digest, and two of them, are errors", async () => {
  const first = await generated("batch");
  const with_ = async (change: (text: string) => string) =>
    generateSample({
      ".github/fanfold.yml": CONFIG("batch"),
      ".github/backend-matrix.yml": sampleMatrix({ pairs: 2, singles: 2, unsplit: 1 }),
      ...Object.fromEntries(first.files.map(({ path, text }) => [path, change(text)])),
    });
  const raised = `moby/buildkit:v0.30.0@sha256:${"5".repeat(64)}`;
  const kept = await with_((text) => text.replace(/moby\/buildkit:[^"]+/, raised));
  expect(errorsOf(kept)).toEqual([]);
  expect(textOf(kept, ".github/workflows/backend_build.yml")).toContain(`driver-opts: "image=${raised}"`);
  const loose = await with_((text) => text.replace(/@sha256:[0-9a-f]{64}/, ""));
  expect(errorsOf(loose)).toMatchObject([
    { code: "image-not-pinned", at: { file: ".github/workflows/backend_build.yml" } },
  ]);
  const twice = await with_((text) => `${text}#\n#  driver-opts: "image=${raised}"\n`.replace("#  driver", "  driver"));
  expect(errorsOf(twice).map(({ code }) => code)).toContain("pins-differ");
});
