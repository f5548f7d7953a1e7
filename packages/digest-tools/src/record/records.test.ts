import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { record } from "../testing/record.ts";
import { formatRecord, type LegRecord } from "./record.ts";
import { type FoundRecord, writeRecord } from "./record-file.ts";
import { describeSearch, readAllRecords, readRecords } from "./records.ts";

const hex = "a".repeat(64);

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "records-"));
});
afterEach(() => rm(directory, { recursive: true }));

async function readOne(name: string, directories = [directory]): Promise<FoundRecord | undefined> {
  return (await readRecords(directories, [name])).get(name);
}

describe("record files", () => {
  it("are written whole, under the artifact's name", async () => {
    const file = await writeRecord(directory, record());
    expect(file).toBe(join(directory, "digests-cpu-x--amd64", "record.json"));
    expect(await readdir(join(directory, "digests-cpu-x--amd64"))).toEqual(["record.json"]);
    expect(await readOne("digests-cpu-x--amd64")).toEqual({
      kind: "record",
      file,
      record: { ...record(), artifactName: "digests-cpu-x--amd64" },
    });
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

  describe("of several attempts", () => {
    const name = "digests-cpu-x--amd64";
    const upload = async (uploaded: string, change: Partial<LegRecord> = {}) => {
      await mkdir(join(directory, uploaded), { recursive: true });
      await writeFile(join(directory, uploaded, "record.json"), formatRecord(record(change)));
    };
    const attemptOf = async () => {
      const found = await readOne(name);
      return found?.kind === "record" ? found.record.run?.attempt : found?.kind;
    };

    it("are read from the highest, whatever GitHub serves first", async () => {
      for (const attempt of [2, 10, 9, 1]) await upload(`${name}-${attempt}`, { run: { id: "7", attempt } });
      expect(await attemptOf()).toBe(10);
      expect([...(await readAllRecords([directory])).keys()]).toEqual([name]);
    });

    it("are read under the name without an attempt too, by their own word", async () => {
      await upload(name, { run: { id: "7", attempt: 2 } });
      expect(await attemptOf()).toBe(2);
      await upload(`${name}-1`, { run: { id: "7", attempt: 1 } });
      expect(await attemptOf()).toBe(2);
      await upload(`${name}-3`, { run: { id: "7", attempt: 3 } });
      expect(await attemptOf()).toBe(3);
    });

    it("are not taken from an artifact whose name begins alike", async () => {
      await upload(`${name}-v2-3`, { platformTag: "amd64-v2" });
      await upload(`${name}-02`);
      expect(await attemptOf()).toBe("missing");
    });

    it("are refused where the highest cannot be read, and not where an earlier one cannot", async () => {
      await upload(`${name}-1`);
      await upload(`${name}-2`, { run: { id: "7", attempt: 2 } });
      await writeFile(join(directory, `${name}-1`, "record.json"), "{");
      expect(await attemptOf()).toBe(2);
      await writeFile(join(directory, `${name}-2`, "record.json"), "{");
      expect(await attemptOf()).toBe("unreadable");
      await rm(join(directory, `${name}-2`, "record.json"));
      expect(await readOne(name)).toEqual({ kind: "missing", holds: [] });
    });

    it("are bare ones too", async () => {
      for (const [attempt, digest] of [hex, "b".repeat(64)].entries()) {
        await mkdir(join(directory, `${name}-${attempt + 1}`));
        await writeFile(join(directory, `${name}-${attempt + 1}`, digest), "");
      }
      const digest = `sha256:${"b".repeat(64)}`;
      expect(await readOne(name)).toMatchObject({ kind: "bare", digest });
      expect([...(await readAllRecords([directory], "-cpu-x"))]).toMatchObject([[name, { kind: "bare", digest }]]);
    });
  });

  describe("where actions/download-artifact puts a single match, into the directory itself", () => {
    const lone = (content: string) => writeFile(join(directory, "record.json"), content);

    it("are read, and told where another is missing", async () => {
      await lone(formatRecord(record()));
      expect(await readOne("digests-cpu-x--amd64")).toMatchObject({ kind: "record", record: record() });
      expect(await readOne("digests-cpu-x--arm64")).toEqual({ kind: "missing" });
      expect([...(await readAllRecords([directory], "-cpu-x")).keys()]).toEqual(["digests-cpu-x--amd64"]);
      expect([...(await readAllRecords([directory], "-cpu-y")).keys()]).toEqual([]);
      expect(await describeSearch([directory], ["digests-cpu-x--amd64", "digests-cpu-x--arm64"])).toMatch(
        /holds one record\.json itself, that of digests-cpu-x--amd64 \(.*with merge-multiple/,
      );
    });

    it("count less than those of a later attempt", async () => {
      await lone(formatRecord(record()));
      await writeRecord(directory, record({ run: { id: "17000000001", attempt: 2 } }));
      expect(await readOne("digests-cpu-x--amd64")).toMatchObject({ record: { run: { attempt: 2 } } });
    });

    it("are nobody's when they cannot be read", async () => {
      await lone("{");
      expect(await readOne("digests-cpu-x--amd64")).toEqual({ kind: "missing" });
      expect(await describeSearch([directory], [])).toContain("one that cannot be read");
    });
  });

  it("that lie flat are told with what made them so", async () => {
    for (const name of [hex, "b".repeat(64)]) await writeFile(join(directory, name), "");
    expect(await describeSearch([directory], ["digests-cpu-x--amd64"])).toBe(
      `in ${directory}, which holds 2 digests without the folders that say whose they are (leave merge-multiple out of actions/download-artifact)`,
    );
  });

  it.skipIf(process.platform === "win32")("are regular files, and nothing that has no end", async () => {
    const run = promisify(execFile);
    const folders = ["pipe", "device", "folder", "bare", "large"].map((name) => join(directory, name));
    for (const folder of folders) await mkdir(folder);
    await run("mkfifo", [
      join(directory, "pipe", "record.json"),
      join(directory, "bare", hex),
      join(directory, "itself"),
    ]);
    await symlink("/dev/zero", join(directory, "device", "record.json"));
    await mkdir(join(directory, "folder", "record.json"));
    await writeFile(join(directory, "large", "record.json"), "");
    await truncate(join(directory, "large", "record.json"), 5 * 1024 ** 2);
    for (const name of ["pipe", "device", "folder", "bare", "large", "itself"]) {
      expect(await readOne(name)).toMatchObject({ kind: "unreadable" });
    }
    await run("mkfifo", [join(directory, "record.json")]);
    expect((await readAllRecords([directory])).get("pipe")).toMatchObject({ kind: "unreadable" });
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
