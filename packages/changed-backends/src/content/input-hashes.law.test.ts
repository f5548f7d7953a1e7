import { expect, test } from "vitest";
import type { ListedPath } from "../git/commit-tree.ts";
import { treeDiff } from "../github/answers.ts";
import { Inference } from "../infer/inference.ts";
import { RepositoryTree } from "../infer/tree.ts";
import { compileInputs, type InputsConfig } from "../rules/input-rule.ts";
import { select } from "../rules/selection.ts";
import { randomBuild } from "../testing/random-build.ts";
import { Random } from "../testing/random-dockerfile.ts";
import { inputHashes } from "./input-hashes.ts";

const CASES = Number(process.env["CASES"] ?? 3000);

/** A commit in which one image is built from the root, and the rest is as it comes. */
interface Commit {
  readonly dockerfile: string;
  readonly ignore: string;
  readonly files: ReadonlyMap<string, Omit<ListedPath, "path"> & { readonly link?: string }>;
}

const MODES = { file: "100644", link: "120000", gitlink: "160000" } as const;

function commitOf(random: Random): {
  readonly commit: Commit;
  readonly args: Readonly<Record<string, string>>;
  readonly target: string | undefined;
} {
  const { dockerfile, ignore = "", files = [], args = {}, target } = randomBuild(random);
  const listed = files.map(([path, link]) => [path, object(random, link)] as const);
  return { commit: { dockerfile, ignore, files: new Map(listed) }, args, target };
}

function object(random: Random, link: string | undefined): Omit<ListedPath, "path"> & { readonly link?: string } {
  if (link !== undefined) return { kind: "link", mode: MODES.link, id: `link ${link}`, link };
  const kind = random.chance(8) ? "gitlink" : "file";
  return { kind, mode: kind === "file" && random.chance(20) ? "100755" : MODES[kind], id: String(random.int(3)) };
}

/** One to three paths, or what is read, are otherwise. */
function changed(random: Random, before: Commit): Commit {
  const other = commitOf(random).commit;
  const files = new Map(before.files);
  for (let count = 1 + random.int(3); count > 0; count--) {
    const known = [...files.keys()];
    const path = random.chance(70) && known.length > 0 ? random.pick(known) : random.pick([...other.files.keys()]);
    const is = other.files.get(random.pick([...other.files.keys()]));
    if (random.chance(35) || is === undefined) files.delete(path);
    else {
      // A path of git is either a file or a folder.
      for (const each of files.keys())
        if (each.startsWith(`${path}/`) || path.startsWith(`${each}/`)) files.delete(each);
      files.set(path, is);
    }
  }
  return {
    dockerfile: random.chance(12) ? other.dockerfile : before.dockerfile,
    ignore: random.chance(12) ? other.ignore : before.ignore,
    files: random.chance(8) ? before.files : files,
  };
}

/** With the files that are read, of which the texts are known. */
function listed({ dockerfile, ignore, files }: Commit): {
  readonly paths: readonly ListedPath[];
  readonly texts: ReadonlyMap<string, string>;
} {
  const read = [["Dockerfile", dockerfile], ...(ignore === "" ? [] : [[".dockerignore", ignore]])] as const;
  const texts = new Map<string, string>();
  const paths = new Map<string, ListedPath>();
  for (const [path, { kind, mode, id, link }] of files) {
    paths.set(path, { path, kind, mode, id });
    if (link !== undefined) texts.set(path, link);
  }
  for (const [path = "", text = ""] of read) {
    paths.set(path, { path, kind: "file", mode: MODES.file, id: text });
    texts.set(path, text);
  }
  return { paths: [...paths.values()], texts };
}

const RULES: readonly InputsConfig[] = [
  { inputs: [] },
  { inputs: [], ignore: ["**/*.md", "lib/**"] },
  { inputs: [{ paths: ["src/**"] }] },
  { inputs: [{ paths: ["a/**"], when: { backend: "x" }, except: ["**/*.txt"] }] },
  { inputs: [], infer: false, unmatched: "run-all" },
];

const entry = { backend: "x", dockerfile: "Dockerfile" };
const LISTS = [{ name: "include", entries: [entry] }];

test("files select an entry exactly where they change its hash, whatever its build reads of them", () => {
  const seen = { selected: 0, none: 0 };
  for (let seed = 0; seed < CASES; seed++) {
    const random = new Random(seed);
    const { commit, args, target } = commitOf(random);
    const [before, after] = [commit, changed(random, commit)].map((each) => listed(each));
    if (before === undefined || after === undefined) throw new Error("two commits");
    const { inputs } = compileInputs(random.pick(RULES), { keys: new Set(["backend"]), lists: ["include"] });
    const look = ({ paths, texts }: typeof before) => {
      const question = {
        dockerfile: "Dockerfile",
        context: "",
        target,
        platforms: ["linux/amd64"],
        contexts: new Map(),
      };
      const answer = new Inference(new RepositoryTree(paths, texts)).infer({
        ...question,
        arguments: { values: new Map(Object.entries(args)), open: false },
      });
      const ground = { lists: LISTS, inputs, inferred: () => answer };
      const hashes = inputHashes({ ...ground, paths, matrixPath: "matrix.yml", byValue: [], silent: [] });
      const patterns = [...answer.exact, answer.context, answer.repository].map((input) => input?.pattern.text);
      return { ground, hash: hashes.get("include")?.[0], patterns: patterns.join("\n") };
    };
    const [was, is] = [look(before), look(after)];
    const objects = ({ paths }: typeof before) => new Map(paths.map(({ path, mode, id }) => [path, `${mode} ${id}`]));
    const files = treeDiff(objects(before), objects(after));
    const selectedBy = ({ ground }: typeof is, by: typeof files = files) =>
      select({ ...ground, files: by, matrix: { path: "matrix.yml", bases: [] } }).causes;
    const causes = selectedBy(is);
    seen[causes.length > 0 ? "selected" : "none"] += 1;
    const same = was.hash === is.hash;
    if (same === (causes.length === 0)) continue;
    const [then, now] = [before, after].map(({ paths }) => new Map(paths.map(({ path, kind }) => [path, kind])));
    // What is gone may have been a submodule for all that a diff knows, and of what was one it does not know what it held; the
    // tree before knows whether it was an input at all.
    const others = new Set(files.flatMap(({ path, status }) => (status === "changed" ? [path] : [])));
    const isOther = (path: string): boolean => now?.has(path) === false || others.has(path);
    const there = files.map((file) => ({ ...file, status: "modified" as const }));
    const gone = causes.every(({ path }) => path !== null && isOther(path)) && selectedBy(was, there).length === 0;
    // A tree that makes its Dockerfile read other files, as where a source is gone, changes what it is built from; and what was a
    // link or a submodule stood for others, of which an ignore file never saw the names.
    const stood = files.some(({ path }) => (then?.get(path) ?? "file") !== "file");
    if (same ? gone : stood || was.patterns !== is.patterns) continue;
    const said = { seed, causes, files, commit };
    const found = same ? "selected, and the same hash" : "not selected, and another hash";
    expect.fail(`${found}: ${JSON.stringify(said, (_, value) => (value instanceof Map ? [...value] : value), 1)}`);
  }
  expect(seen).toEqual({ selected: expect.any(Number), none: expect.any(Number) });
  expect(Math.min(seen.selected, seen.none)).toBeGreaterThan(CASES / 10);
});
