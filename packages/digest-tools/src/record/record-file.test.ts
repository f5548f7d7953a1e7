import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { attestedLeg } from "../testing/memory-store.ts";
import { compareRuns, formatRecord, type LegRecord, parseRecord } from "./record.ts";
import { type FoundRecord, writeRecord } from "./record-file.ts";
import { describeSearch, readAllRecords, readRecords } from "./records.ts";

const hex = "a".repeat(64);

function record(change: Partial<LegRecord> = {}): LegRecord {
  const { manifest, children } = attestedLeg("x", "amd64");
  return {
    tagSuffix: "-cpu-x",
    platformTag: "amd64",
    platforms: [{ os: "linux", architecture: "amd64" }],
    images: [
      { repository: "quay.io/example/backends", descriptor: manifest.descriptor, children },
      { repository: "oci:out", descriptor: manifest.descriptor, children },
    ],
    source: { revision: "6113728f27ae82c7b1a177c8d03f9e96e0adf246", version: "main" },
    run: { id: "17000000001", attempt: 1 },
    ...change,
  };
}

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "records-"));
});
afterEach(() => rm(directory, { recursive: true }));

async function readOne(name: string, directories = [directory]): Promise<FoundRecord | undefined> {
  return (await readRecords(directories, [name])).get(name);
}

describe("a record", () => {
  it("reads as it was written", () => {
    expect(parseRecord(formatRecord(record()), "f")).toEqual(record());
    const sparse = record({
      platformTag: undefined,
      source: { revision: undefined, version: undefined },
      run: undefined,
    });
    expect(parseRecord(formatRecord(sparse), "f")).toEqual(sparse);
  });

  it("has the keys of the contract", () => {
    expect(JSON.parse(formatRecord(record()))).toMatchObject({
      schema: "fanfold.record/1",
      "tag-suffix": "-cpu-x",
      "platform-tag": "amd64",
      platform: "linux/amd64",
      images: [
        { repository: "quay.io/example/backends", descriptor: { size: expect.any(Number) } },
        { repository: "oci:out" },
      ],
      source: { revision: "6113728f27ae82c7b1a177c8d03f9e96e0adf246", version: "main" },
      run: { id: "17000000001", attempt: 1 },
    });
  });

  const valid = (): Record<string, unknown> => JSON.parse(formatRecord(record()));
  it.each<readonly [string, () => unknown, RegExp]>([
    ["no JSON", () => "{", /f: is not JSON that can be read: /],
    ["a list", () => [], /the document: expected an object, found \[\]/],
    [
      "another schema",
      () => ({ ...valid(), schema: "fanfold.record/2" }),
      /schema: expected "fanfold.record\/1", found "fanfold.record\/2"/,
    ],
    ["no images", () => ({ ...valid(), images: [] }), /images: expected at least one image/],
    [
      "a digest of another kind",
      () => ({ ...valid(), images: [{ repository: "a/b", descriptor: { mediaType: "m", digest: "md5:1", size: 1 } }] }),
      /images\[0\]\.descriptor\.digest: expected "sha256:" and 64 hexadecimal digits, found "md5:1"/,
    ],
    [
      "a size below zero",
      () => ({
        ...valid(),
        images: [{ repository: "a/b", descriptor: { mediaType: "m", digest: `sha256:${hex}`, size: -1 } }],
      }),
      /images\[0\]\.descriptor\.size: expected a whole number, found -1/,
    ],
    [
      "a repository with a tag",
      () => ({
        ...valid(),
        images: [{ repository: "a/b:c", descriptor: { mediaType: "m", digest: `sha256:${hex}`, size: 1 } }],
      }),
      /^f: images\[0\]\.repository: .*expected a repository, without tag/,
    ],
    [
      "a platform that is unknown",
      () => ({ ...valid(), platform: "linux/amd46" }),
      /^f: platform: .*did you mean "amd64"/,
    ],
    [
      "a run that is no number",
      () => ({ ...valid(), run: { id: "x", attempt: 1 } }),
      /run\.id: expected a run's id, a number of at most 64 bits as text, found "x"/,
    ],
    ["a suffix that is no text", () => ({ ...valid(), "tag-suffix": 7 }), /tag-suffix: expected a text, found 7/],
  ])("says what is wrong with %s", (_what, content, message) => {
    const value = content();
    expect(() => parseRecord(typeof value === "string" ? value : JSON.stringify(value), "f")).toThrow(message);
  });

  it("comes from a later run, or a later attempt", () => {
    expect(compareRuns({ id: "9", attempt: 9 }, { id: "10", attempt: 1 })).toBeLessThan(0);
    expect(compareRuns({ id: "10", attempt: 2 }, { id: "10", attempt: 1 })).toBeGreaterThan(0);
    expect(compareRuns(undefined, { id: "1", attempt: 1 })).toBeLessThan(0);
    expect(compareRuns(undefined, undefined)).toBe(0);
  });
});

describe("record files", () => {
  it("are written whole, under the artifact's name", async () => {
    const file = await writeRecord(directory, record());
    expect(file).toBe(join(directory, "digests-cpu-x--amd64", "record.json"));
    expect(await readdir(join(directory, "digests-cpu-x--amd64"))).toEqual(["record.json"]);
    expect(await readOne("digests-cpu-x--amd64")).toEqual({ kind: "record", file, record: record() });
    await writeRecord(directory, record({ platformTag: undefined, tagSuffix: "" }));
    expect([...(await readAllRecords([directory])).keys()]).toEqual(["digests-core--single", "digests-cpu-x--amd64"]);
  });

  it("say so when they cannot be written", async () => {
    await writeFile(join(directory, "digests-cpu-x--amd64"), "");
    await expect(writeRecord(directory, record())).rejects.toMatchObject({
      code: "io",
      message: expect.stringContaining("; name a directory that can be written, with push --record-dir"),
    });
  });

  it("may be bare: an empty file named by the digest", async () => {
    await mkdir(join(directory, "a"));
    await writeFile(join(directory, "a", hex), "");
    expect(await readOne("a")).toMatchObject({ kind: "bare", digest: `sha256:${hex}` });
    await writeFile(join(directory, "a", "b".repeat(64)), "");
    expect(await readOne("a")).toMatchObject({ kind: "unreadable", error: { code: "duplicate-record" } });
  });

  it("may be both, of one digest", async () => {
    const file = await writeRecord(directory, record());
    const digest = record().images[0]?.descriptor.digest.slice("sha256:".length) ?? "";
    await writeFile(join(directory, "digests-cpu-x--amd64", digest), "");
    expect(await readOne("digests-cpu-x--amd64")).toMatchObject({ kind: "record", file });
    await rm(join(directory, "digests-cpu-x--amd64", digest));
    await writeFile(join(directory, "digests-cpu-x--amd64", hex), "");
    expect(await readOne("digests-cpu-x--amd64")).toMatchObject({
      kind: "unreadable",
      error: { code: "duplicate-record" },
    });
  });

  it("count by the higher attempt, wherever it lies", async () => {
    const [one, two, other] = ["1", "2", "3"].map((name) => join(directory, name));
    if (one === undefined || two === undefined || other === undefined) throw new Error("three directories");
    await writeRecord(one, record({ run: { id: "7", attempt: 1 } }));
    await writeRecord(two, record({ run: { id: "7", attempt: 2 } }));
    const name = "digests-cpu-x--amd64";
    expect(await readOne(name, [one, two])).toMatchObject({ record: { run: { attempt: 2 } } });
    expect(await readOne(name, [two, one])).toMatchObject({ record: { run: { attempt: 2 } } });
    await writeRecord(other, record({ run: { id: "7", attempt: 2 } }));
    expect(await readOne(name, [two, other])).toMatchObject({ kind: "record" });
    await writeRecord(
      other,
      record({
        run: { id: "7", attempt: 2 },
        tagSuffix: "-cpu-x",
        source: { revision: "f".repeat(40), version: undefined },
      }),
    );
    expect(await readOne(name, [two, other])).toMatchObject({
      kind: "unreadable",
      error: { code: "duplicate-record" },
    });
  });

  it("do not keep each other from being read", async () => {
    await writeRecord(directory, record());
    await mkdir(join(directory, "broken"));
    await writeFile(join(directory, "broken", "record.json"), "{");
    await mkdir(join(directory, "empty"));
    await symlink(join(directory, "digests-cpu-x--amd64"), join(directory, "link"));
    await mkdir(join(directory, "linked"));
    await symlink(join(directory, "digests-cpu-x--amd64", "record.json"), join(directory, "linked", "record.json"));
    await mkdir(join(directory, "full"));
    await writeFile(join(directory, "full", hex), "not empty");
    const names = ["digests-cpu-x--amd64", "broken", "empty", "link", "linked", "full", "absent"];
    const found = await readRecords([directory], names);
    const shown = [...found].map(
      ([name, value]) => `${name} ${value.kind === "unreadable" ? value.error.code : value.kind}`,
    );
    expect(shown).toEqual([
      "digests-cpu-x--amd64 record",
      "broken invalid-record",
      "empty missing",
      "link invalid-record",
      "linked invalid-record",
      "full invalid-record",
      "absent missing",
    ]);
  });

  it("are none in a directory that is not there", async () => {
    const absent = join(directory, "absent");
    expect(await readOne("a", [absent])).toEqual({ kind: "missing" });
    expect((await readAllRecords([absent, directory])).size).toBe(0);
  });

  it("are in a directory, and in nothing else", async () => {
    const file = join(directory, "file");
    await writeFile(file, "");
    for (const read of [
      () => readRecords([file], []),
      () => readAllRecords([file]),
      () => describeSearch([file], []),
    ]) {
      await expect(read).rejects.toMatchObject({
        code: "io",
        message: expect.stringMatching(
          /file: cannot be read: ENOTDIR.*; name the directory that holds the legs' artifacts$/,
        ),
      });
    }
  });

  it("that are missing are told with what is there instead", async () => {
    const [absent, empty, other] = ["absent", "empty", "other"].map((name) => join(directory, name));
    if (absent === undefined || empty === undefined || other === undefined) throw new Error("three directories");
    await mkdir(empty);
    await mkdir(join(other, "d"), { recursive: true });
    for (const name of ["e", "a", "b", "c", "d/log.txt"]) await writeFile(join(other, name), "");
    expect(await describeSearch([absent, empty, other], ["x"])).toBe(
      `in ${absent}, which does not exist and ${empty}, which is empty and ${other}, which holds a, b, c and 2 more`,
    );
    expect(await describeSearch([other], ["d"])).toBe(`in ${other}`);
    expect(await readOne("d", [absent, other, empty])).toEqual({ kind: "missing", holds: ["log.txt"] });
  });

  it("never throw for what is in them", async () => {
    await mkdir(join(directory, "a"));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string()), async (content) => {
        await writeFile(join(directory, "a", "record.json"), content);
        expect(await readOne("a")).toMatchObject({ kind: "unreadable" });
      }),
      { numRuns: 50 },
    );
  });
});
