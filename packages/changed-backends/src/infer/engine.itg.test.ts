import { execFile } from "node:child_process";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { testbed } from "@fanfold-rigs/testbed";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CorpusCase, corpus } from "../testing/corpus.ts";
import { inferred, matching, patternsOf } from "../testing/inferred-files.ts";

const found = testbed();
const bed = "unavailable" in found || found.docker === null ? undefined : { tools: found.tools, docker: found.docker };
if (bed === undefined) {
  const why = "unavailable" in found ? found.unavailable : "only registries, no engine";
  console.warn(`skipped, no build is done with the inferred files alone: ${why}`);
}

type Question = CorpusCase["question"];

/** The same copies without what takes a network or a shell: every image is `scratch`; undefined: too little is left. */
function stub(question: Question): Question | undefined {
  const stages = [...question.dockerfile.matchAll(/\sAS\s+(\S+)/gi)].map(([, name = ""]) => name.toLowerCase());
  const dockerfile = question.dockerfile
    .replace(/^FROM\s+(?:--\S+\s+)?(\S+)/gim, (whole, image: string) =>
      stages.includes(image.toLowerCase()) || image.includes("$") ? whole : "FROM scratch",
    )
    .replace(/^(?:HEALTHCHECK|ENTRYPOINT) .*\n/gim, "");
  if (/^\s*(?:ONBUILD )?RUN\b|https?:|git@/im.test(dockerfile)) return undefined;
  const sources = [...dockerfile.matchAll(/--from=(\S+)/gi)].map(([, name = ""]) => name.toLowerCase());
  return sources.every((name) => stages.includes(name) || name === "0") ? { ...question, dockerfile } : undefined;
}

interface Stub {
  readonly name: string;
  readonly question: Question;
  /** Files that the build reads, as inferred. */
  readonly files: readonly string[];
}

/** Those whose files are known one by one, and that BuildKit would not refuse. */
const stubs = corpus().flatMap(({ name, question: real }): readonly Stub[] => {
  const question = stub(real);
  if (question === undefined) return [];
  const answer = inferred(question);
  if (answer.context !== undefined || answer.repository !== undefined) return [];
  const files = matching(
    patternsOf(answer),
    question.files.map(([path]) => path),
  );
  return files.length === 0 ? [] : [{ name, question, files }];
});

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "fanfold-engine-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What comes out of a build with these files of the context; undefined: it fails. */
async function build(
  { question }: Stub,
  kept: readonly string[],
  place: string,
): Promise<readonly string[] | undefined> {
  if (bed === undefined) throw new Error("no test bed");
  const [context, out] = [join(directory, place, "context"), join(directory, place, "out")];
  mkdirSync(context, { recursive: true });
  writeFileSync(join(context, "Dockerfile"), question.dockerfile);
  if (question.ignore !== undefined) writeFileSync(join(context, ".dockerignore"), question.ignore);
  for (const [path, target] of question.files.filter(([file]) => kept.includes(file))) {
    mkdirSync(dirname(join(context, path)), { recursive: true });
    if (target === undefined) writeFileSync(join(context, path), `${path}\n`);
    else symlinkSync(target, join(context, path));
  }
  const args = Object.entries(question.args ?? {}).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]);
  const { docker, tools } = bed;
  const options = [
    ...["buildx", "build", "--output", `type=local,dest=${out}`, "--platform", question.platform ?? "linux/amd64"],
    ...[...args, ...(question.target === undefined ? [] : ["--target", question.target]), context],
  ];
  const env = {
    ...process.env,
    PATH: `${dirname(tools.docker)}:${process.env["PATH"]}`,
    DOCKER_HOST: docker.host,
    DOCKER_CONFIG: docker.config,
    BUILDX_BUILDER: docker.builder,
  };
  const failed = await new Promise<boolean>((resolve) => {
    execFile(tools.docker, options, { env }, (error) => resolve(error !== null));
  });
  return failed ? undefined : filesBelow(out);
}

/** Each file with its content, each link with what it points at. */
function filesBelow(root: string, folder = ""): readonly string[] {
  return readdirSync(join(root, folder))
    .toSorted()
    .flatMap((name) => {
      const path = join(folder, name);
      const stat = lstatSync(join(root, path));
      if (stat.isDirectory()) return filesBelow(root, path);
      return [
        `${path}: ${stat.isSymbolicLink() ? readlinkSync(join(root, path)) : readFileSync(join(root, path), "utf8")}`,
      ];
    });
}

test("at least 30 Dockerfiles of the corpus are built", () => {
  expect(stubs.length).toBeGreaterThanOrEqual(30);
});

test.skipIf(bed === undefined)(
  "a build with the inferred files alone is the build with all, and is not without one of them",
  async () => {
    const built = { whole: 0, differs: 0 };
    for (const [index, each] of stubs.entries()) {
      const all = each.question.files.map(([path]) => path);
      const [whole, alone] = await Promise.all([
        build(each, all, `${index}-whole`),
        build(each, each.files, `${index}-alone`),
      ]);
      expect([each.name, alone]).toEqual([each.name, whole]);
      if (whole === undefined) continue;
      built.whole += 1;
      // The control: a file that counts is missed.
      const read = each.files.filter((path) => whole.some((line) => line.endsWith(`: ${path}\n`)));
      const [dropped] = read;
      if (dropped === undefined) continue;
      const less = await build(
        each,
        each.files.filter((path) => path !== dropped),
        `${index}-less`,
      );
      expect([each.name, less]).not.toEqual([each.name, whole]);
      built.differs += 1;
    }
    expect(built.whole).toBeGreaterThanOrEqual(30);
    expect(built.differs).toBeGreaterThanOrEqual(30);
  },
  900_000,
);
