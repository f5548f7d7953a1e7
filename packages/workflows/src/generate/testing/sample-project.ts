import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { readFamilyGraph } from "../../bases/family-graph.ts";
import { readFamily } from "../../config/family.ts";
import type { Project } from "../files/project-files.ts";
import { type Generation, generate } from "../generation.ts";

/** A repository's files in memory, by their paths; `.github/fanfold*.yml` are its configs. */
export type Sample = Readonly<Record<string, string>>;

async function sampleProject(sample: Sample): Promise<Project> {
  const source = {
    root: "/nowhere",
    readInput: async (path: string): Promise<string> => {
      const text = sample[path];
      if (text === undefined) throw Object.assign(new Error(`no such file: ${path}`), { code: "ENOENT" });
      return text;
    },
  };
  const configs = Object.keys(sample).filter((path) => /^\.github\/fanfold(\..+)?\.yml$/.test(path));
  const families = await Promise.all(configs.map((config) => readFamily(source, { config, matrix: undefined })));
  const files = Object.entries(sample).filter(([path]) => /^\.github\/(?:workflows|actions)\/|\.pub$/.test(path));
  const request = { readInput: source.readInput, event: { defaultBranch: null } };
  const graphs = families.map(async (family) => [family, await readFamilyGraph(request, family)] as const);
  return { families, graphs: new Map(await Promise.all(graphs)), complete: true, files: new Map(files) };
}

export async function generateSample(sample: Sample): Promise<Generation> {
  return generate(await sampleProject(sample));
}

/** What keeps files from being written. */
export function errorsOf({ findings, foreign }: Generation): readonly Diagnostic[] {
  return [...findings.filter(({ severity }) => severity === "error"), ...foreign];
}

/** The text of one generated file. */
export function textOf({ files }: Generation, path: string): string {
  const file = files.find((each) => each.path === path);
  if (file === undefined) throw new Error(`not generated: ${path}`);
  return file.text;
}

/** A matrix file in JSON, which is YAML: as many singles, pairs of native legs and emulated entries. */
export function sampleMatrix(counts: {
  readonly singles?: number;
  readonly pairs?: number;
  readonly unsplit?: number;
  readonly darwin?: number;
}): string {
  const entry = (name: string, rest: object): object => ({
    backend: name,
    "tag-suffix": `-${name}`,
    dockerfile: "Dockerfile",
    context: ".",
    ...rest,
  });
  const many = (count: number | undefined, of: (index: number) => readonly object[]): readonly object[] =>
    Array.from({ length: count ?? 0 }, (_, index) => of(index)).flat();
  const include = [
    ...many(counts.singles, (index) => [entry(`single-${index}`, { platforms: "linux/amd64" })]),
    ...many(counts.pairs, (index) =>
      ["amd64", "arm64"].map((arch) =>
        entry(`pair-${index}`, { platforms: `linux/${arch}`, "platform-tag": arch, "tag-latest": "auto" }),
      ),
    ),
    ...many(counts.unsplit, (index) => [entry(`unsplit-${index}`, { platforms: "linux/amd64,linux/arm64" })]),
  ];
  const includeDarwin = many(counts.darwin, (index) => [entry(`darwin-${index}`, { lang: "go" })]);
  return JSON.stringify(counts.darwin === undefined ? { include } : { include, includeDarwin });
}
