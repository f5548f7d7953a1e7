import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Bed } from "../bed/bed.ts";
import type { Case, Sources } from "../bed/case.ts";
import { MATRIX } from "../bed/sample-families.ts";
import { SampleRepository } from "../bed/sample-repository.ts";

/** A folder or file of a package's testdata. */
interface Sample {
  readonly name: string;
  readonly path: string;
}

/** What the packages' own tests are fed with, through the built commands. */
export function testdataCases(sources: Sources): readonly Case[] {
  return [
    ...casesOf(sources, "changed-backends", ["ok", "err"], runSelection),
    ...casesOf(sources, "merge-matrix", ["ok", "err"], runMergeMatrix),
    ...casesOf(sources, "workflows", ["plan/ok", "plan/err"], runPlan),
    ...casesOf(sources, "workflows", ["generate/ok", "generate/err"], runGenerate),
    ...casesOf(sources, "workflows", ["split"], runSplit),
    ...casesOf(sources, "disk-setup", ["ok", "err"], runDisk),
  ];
}

function casesOf(
  { inputs, skip }: Sources,
  owner: string,
  kinds: readonly string[],
  run: (bed: Bed, sample: Sample) => Promise<void>,
): readonly Case[] {
  return kinds.flatMap((kind) => {
    const folder = join(inputs, "packages", owner, "testdata", kind);
    if (!existsSync(folder)) {
      skip(`testdata of ${owner}, ${kind}`, `there is no ${folder}; FANFOLD_INPUTS names a checkout that has it`);
      return [];
    }
    const names = readdirSync(folder).filter((name) => !name.endsWith(".out"));
    return names.toSorted().map((name) => ({
      name: `testdata-${owner}/${kind.replaceAll("/", "-")}-${name}`,
      run: (bed: Bed) => run(bed, { name, path: join(folder, name) }),
    }));
  });
}

const linesOf = (file: string): readonly string[] =>
  existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];

async function runSelection(bed: Bed, { path }: Sample): Promise<void> {
  await bed.copy(path);
  const args = linesOf(join(path, "args"));
  await bed.run("changed-backends", args);
  await bed.run("changed-backends", [...args, "--json"], { env: { GITHUB_ACTIONS: "true" } });
}

async function runMergeMatrix(bed: Bed, { name, path }: Sample): Promise<void> {
  await bed.copy(path, name);
  await bed.run("merge-matrix", [name]);
  await bed.run("merge-matrix", [name, "--strict", "--json"]);
  await bed.run("merge-matrix", ["-", "--min-legs", "1"], {
    stdin: readFileSync(path, "utf8"),
    env: { GITHUB_ACTIONS: "true" },
  });
}

async function runPlan(bed: Bed, { path }: Sample): Promise<void> {
  await bed.copy(path);
  const config = existsSync(join(path, "fanfold.yml")) ? ["--config", "fanfold.yml"] : [];
  const args = [
    "plan",
    "--matrix",
    "matrix.yml",
    "--files-from",
    "changed-files",
    ...config,
    ...linesOf(join(path, "args")),
  ];
  await bed.run("fanfold", args);
  await bed.run("fanfold", [...args, "--json"], { env: { GITHUB_ACTIONS: "true" } });
}

async function runGenerate(bed: Bed, { path }: Sample): Promise<void> {
  const place = (name: string): string => (name === "darwin.yml" ? `.github/workflows/${name}` : `.github/${name}`);
  const names = readdirSync(path).filter((name) => name.endsWith(".yml"));
  const files = Object.fromEntries(names.map((name) => [place(name), readFileSync(join(path, name), "utf8")]));
  await SampleRepository.create(bed, files);
  await bed.run("fanfold", ["check"]);
  await bed.run("fanfold", ["generate"]);
  await bed.run("fanfold", ["generate", "--check"], { env: { GITHUB_ACTIONS: "true" } });
}

async function runSplit(bed: Bed, { path }: Sample): Promise<void> {
  const runners = join(path, "runners.json");
  const given = existsSync(runners) ? readFileSync(runners, "utf8") : undefined;
  await SampleRepository.create(bed, {
    [MATRIX]: readFileSync(join(path, "before.yml"), "utf8"),
    ...(given === undefined ? {} : { ".github/fanfold.yml": `workflow: { runners: ${given} }\n` }),
  });
  await bed.run("fanfold", ["split"]);
  await bed.run("fanfold", ["split", "--write"]);
}

async function runDisk(bed: Bed, { path }: Sample): Promise<void> {
  const probe = readFileSync(join(path, "probe.json"), "utf8");
  await bed.write({ "probe.json": probe });
  const options: unknown = JSON.parse(readFileSync(join(path, "options.json"), "utf8"));
  const flags = flagsOf(options);
  await bed.run("disk-setup", ["plan", "--probe", "probe.json", ...flags]);
  await bed.run("disk-setup", ["plan", "--probe", "-", "--json", ...flags], { stdin: probe });
  await bed.run("disk-setup", ["script", "--probe", "probe.json", ...flags]);
}

function flagsOf(options: unknown): readonly string[] {
  if (typeof options !== "object" || options === null) throw new Error("options.json holds no object");
  const { need, keep, method, architectures }: Readonly<Record<string, unknown>> = { ...options };
  return [
    ...(typeof need === "number" ? ["--need", String(need)] : []),
    ...(Array.isArray(keep) && keep.length > 0 ? ["--keep", keep.join(",")] : []),
    ...(typeof method === "string" ? ["--method", method] : []),
    ...(architectures === "any" ? ["--any-arch"] : []),
  ];
}
