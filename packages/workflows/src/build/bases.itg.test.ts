import { copyFile, cp, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseRecord } from "@fanfold/digest-tools/internal";
import { execa } from "execa";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { EngineProject, engineBed, noEngine } from "../testing/engine-project.ts";
import { nativePlatform } from "./command.ts";

// Three levels on two registries: base and tools, child on both, app on child. What is published under the names that the
// Dockerfiles write is poisoned.

const NATIVE = nativePlatform();
const NATIVE_TAG = NATIVE.replace("linux/", "");
const ARCHITECTURES = ["amd64", "arm64"];
const OTHER_TAG = NATIVE_TAG === "arm64" ? "amd64" : "arm64";

let project: EngineProject;
let below: readonly string[];
beforeAll(async () => {
  if (noEngine !== undefined) return;
  project = await EngineProject.create();
  below = project.registries;
  const { busyboxAmd64, busyboxArm64 } = engineBed().tools;
  await project.write(repository());
  for (const [architecture, busybox] of [
    ["amd64", busyboxAmd64],
    ["arm64", busyboxArm64],
  ] as const) {
    await mkdir(project.path("base", architecture), { recursive: true });
    await copyFile(busybox, project.path("base", architecture, "busybox"));
  }
  await project.plan();
  await poison();
}, 120_000);
afterAll(() => project?.remove());
beforeEach(({ skip }) => {
  if (noEngine !== undefined) skip(noEngine);
});

const RUN = { GITHUB_RUN_ID: "20" };

/** In a stage of the builder's own platform, where it can be run: is this the poisoned base? */
const UNPOISONED = 'RUN ["/busybox", "sh", "-c", "/busybox test ! -e /poison && /busybox cp /mark /made"]';

function repository(): Readonly<Record<string, string>> {
  const legs = (keys: object) =>
    ARCHITECTURES.map((tag) => ({ ...keys, platforms: `linux/${tag}`, "platform-tag": tag }));
  const image = (name: string) => ({ backend: name, context: name, dockerfile: `${name}/Dockerfile` });
  const include = [
    // By this order alone nothing would be built before what stands on it.
    { ...image("app"), platforms: NATIVE },
    ...legs({ ...image("child"), args: { TAG: "main" } }),
    { ...image("tools"), platforms: ARCHITECTURES.map((tag) => `linux/${tag}`) },
    ...legs(image("base")),
  ];
  return {
    ".github/backend-matrix.yml": JSON.stringify({ include }),
    ".github/fanfold.yml": JSON.stringify({ images: below.map((one) => `${one}/{image}`) }),
    ".gitignore": "/plan*.json\n/records*\n",
    "base/Dockerfile": `FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH/busybox /\nCOPY mark /\n`,
    "base/mark": "of this run\n",
    "tools/Dockerfile": "FROM scratch\nCOPY tool /\n",
    "tools/tool": "a tool of this run\n",
    "child/Dockerfile": `ARG TAG=none
ARG BASE=${below[0]}/base
FROM --platform=$BUILDPLATFORM \${BASE}:\${TAG} AS prepared
${UNPOISONED}
FROM \${BASE}:main
COPY --from=prepared /made /
COPY --from=${below[0]}/tools:latest /tool /
`,
    "app/Dockerfile": `FROM ${below[0]}/child:latest\n${UNPOISONED}\nCOPY app /\n`,
    "app/app": "app\n",
  };
}

const LEGS: Readonly<Record<string, readonly string[]>> = {
  base: ARCHITECTURES.map((tag) => `digests-base-core--${tag}`),
  tools: ["digests-tools-core--single"],
  child: ARCHITECTURES.map((tag) => `digests-child-core--${tag}`),
  app: ["digests-app-core--single"],
};

/** What stands in the registry under the names of bases: images of all platforms with a file that must not be seen. */
async function poison(): Promise<void> {
  await project.write({ "poisoned/poison": "poison\n" });
  await cp(project.path("base"), project.path("poisoned"), { recursive: true });
  await project.write({
    "poisoned/Dockerfile": `${repository()["base/Dockerfile"]}COPY poison mark /\nCOPY poison /tool\n`,
  });
  const tags = ["base:main", "tools:latest"].flatMap((name) => ["--tag", `${below[0]}/${name}`]);
  const platforms = ["--platform", ARCHITECTURES.map((tag) => `linux/${tag}`).join(",")];
  await project.docker("buildx", "build", "--push", ...platforms, ...tags, "poisoned");
}

interface Build {
  readonly publish?: "leg" | "nothing";
  readonly attempt?: number;
  /** Where records of bases are looked for. */
  readonly records?: string | undefined;
}

/** Builds an entry; its record is left as the artifact of the attempt. */
async function build(artifact: string, { publish = "leg", attempt = 1, records = "records" }: Build = {}) {
  const args = ["--plan", "plan.json", "--artifact", artifact, "--publish", publish, "--record-dir", "records-own"];
  const given = records === "" ? [] : ["--records", records];
  const attempted = { ...RUN, GITHUB_RUN_ATTEMPT: String(attempt) };
  const done = await project.fanfold(["build", ...args, ...given], attempted);
  if (done.code === 0 && publish === "leg") {
    await mkdir(project.path("records"), { recursive: true });
    await rename(project.path("records-own", artifact), project.path("records", `${artifact}-${attempt}`));
  }
  return done;
}

async function buildAll(artifacts: readonly string[], options: Build = {}): Promise<void> {
  for (const artifact of artifacts) {
    const { code, stderr } = await build(artifact, options);
    expect([artifact, code, stderr]).toEqual([artifact, 0, expect.stringContaining("recorded in ")]);
  }
}

/** The layers of what an attempt of a build has pushed, for one platform. */
async function layersOf(artifact: string, platform: string, attempt = 1): Promise<readonly string[]> {
  const file = project.path("records", `${artifact}-${attempt}`, "record.json");
  const [image] = parseRecord(await readFile(file, "utf8"), file).images;
  const reference = `${image?.repository}@${image?.descriptor.digest}`;
  return JSON.parse(await project.crane("config", "--platform", platform, reference)).rootfs.diff_ids;
}

async function tagsOf(repository: string): Promise<readonly string[]> {
  const listed = await project.crane("ls", repository).catch(() => "");
  return listed === "" ? [] : listed.split("\n").toSorted();
}

describe("images that stand on others of their run", { timeout: 120_000 }, () => {
  it("fail by name where a base that a stage may ask for was not built", async () => {
    const child = `digests-child-core--${OTHER_TAG}`;
    const unrecorded = await build(child, { records: "" });
    expect([unrecorded.code, unrecorded.stderr]).toEqual([
      1,
      expect.stringContaining(`${child} is built from images of this run, whose records it is not given: base, tools`),
    ]);
    await buildAll([`digests-base-core--${OTHER_TAG}`]);
    const refused = await build(child);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringMatching(
        new RegExp(
          `built from base, of which this run has nothing for ${NATIVE}: digests-base-core--${NATIVE_TAG} left`,
        ),
      ),
    ]);
    expect(refused.stderr).not.toContain("docker");
  });

  it("are built from those by digest, wave by wave, of whatever attempt, and tags come at the end", async () => {
    await buildAll([`digests-base-core--${NATIVE_TAG}`, ...(LEGS["tools"] ?? [])]);
    // A later attempt that makes something else, to be told from the first.
    await project.write({ "base/mark": "of the second attempt\n" });
    await buildAll([`digests-base-core--${OTHER_TAG}`], { attempt: 2 });
    await project.write({ "base/mark": "of this run\n" });
    const before = await Promise.all(["base", "child", "app"].map((name) => tagsOf(`${below[1]}/${name}`)));
    expect(before.flat()).toEqual([]);
    await buildAll(LEGS["child"] ?? []);
    await buildAll(LEGS["app"] ?? []);
    for (const architecture of ARCHITECTURES) {
      const platform = `linux/${architecture}`;
      const attempt = architecture === OTHER_TAG ? 2 : 1;
      const base = await layersOf(`digests-base-core--${architecture}`, platform, attempt);
      const child = await layersOf(`digests-child-core--${architecture}`, platform);
      expect(child.slice(0, base.length)).toEqual(base);
      if (attempt === 2) expect(base).not.toEqual(await layersOf(`digests-base-core--${architecture}`, platform));
      // What the stage of the builder's platform has made of its base, and the single's file.
      expect(child).toHaveLength(base.length + 2);
      expect(child.at(-1)).toBe((await layersOf("digests-tools-core--single", platform))[0]);
    }
    const child = await layersOf(`digests-child-core--${NATIVE_TAG}`, NATIVE);
    const app = await layersOf("digests-app-core--single", NATIVE);
    expect(app.slice(0, child.length)).toEqual(child);
    expect((await Promise.all(["child", "app"].map((name) => tagsOf(`${below[0]}/${name}`)))).flat()).toEqual([]);
  });

  it("are refused by the merge with a base that is; complete, all become visible", async () => {
    const merge = async () => {
      const script = join(import.meta.dirname, "../../../digest-tools/bin/digest-tools.js");
      const args = [script, "merge-all", "--plan", "plan.json", "--record-dir", "records"];
      return execa(process.execPath, args, {
        cwd: project.directory,
        env: { ...project.env, ...RUN },
        extendEnv: false,
        reject: false,
      });
    };
    const [leg, kept] = [project.path(`records/digests-base-core--${NATIVE_TAG}-1`), project.path("records-kept")];
    await rename(leg, kept);
    const refused = await merge();
    expect([refused.exitCode, refused.stderr]).toEqual([
      1,
      expect.stringContaining("child: it is built from this run's base, which is refused"),
    ]);
    expect(refused.stderr).toContain("app: it is built from this run's child, which is refused");
    expect((await tagsOf(`${below[1]}/app`)).concat(await tagsOf(`${below[1]}/child`))).toEqual([]);
    expect(await tagsOf(`${below[1]}/tools`)).not.toEqual([]);
    await rename(kept, leg);
    const merged = await merge();
    expect([merged.exitCode, merged.stderr]).toEqual([0, expect.not.stringContaining("error")]);
    for (const name of ["base", "child", "app"]) expect(await tagsOf(`${below[1]}/${name}`)).not.toEqual([]);
  });

  it("are built with those where nothing is published: nothing is read from a registry, and nothing is kept", async () => {
    const before = await readdir(project.path("records"));
    for (const artifact of ["digests-app-core--single", "digests-child-core--arm64", "digests-child-core--amd64"]) {
      const { code, stderr } = await build(artifact, { publish: "nothing", records: "" });
      expect([artifact, code, stderr]).toEqual([artifact, 0, expect.not.stringMatching(/load metadata for|resolve /)]);
    }
    expect(await readdir(project.path("records"))).toEqual(before);
  });

  it("say so where they ask for a platform that nobody builds, and do not take what is published", async () => {
    const text = await readFile(project.path("child/Dockerfile"), "utf8");
    const file = project.path("child/Dockerfile");
    await writeFile(file, text.replace("FROM ${BASE}:main", "FROM --platform=linux/s390x ${BASE}:main"));
    for (const publish of ["leg", "nothing"] as const) {
      const { code, stderr } = await build(`digests-child-core--${NATIVE_TAG}`, { publish });
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/no match for platform in manifest|not-built-for-this-platform\.invalid\/base/),
      ]);
    }
    await writeFile(file, text);
  });
});
