import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { numberedFiles } from "../scratch-stand-in.ts";
import { ScratchRepository } from "./scratch-repository.ts";

const notUtf8 = Buffer.from([0x66, 0xff, 0x67]);

describe("ScratchRepository", () => {
  it("gives the same SHAs for the same calls", async () => {
    const build = async (repository: ScratchRepository) => {
      await repository.commit({ files: { "a.txt": "1\n" }, message: "One" });
      return await repository.commit({ files: { "a.txt": "2\n" } });
    };
    await using one = await ScratchRepository.create();
    await using other = await ScratchRepository.create();
    expect(await build(one)).toBe(await build(other));
    // A fixed value: a different one would move every SHA that a demo or a document shows.
    expect(await one.git("log", "-1", "--format=%an %ae %aI %s", "main~1")).toBe(
      "Scratch scratch@example.invalid 2024-01-01T00:01:00+00:00 One",
    );
  });

  it("adds, changes, removes and renames, and leaves the rest", async () => {
    await using repository = await ScratchRepository.create();
    await repository.commit({ files: { "a.txt": "a", "b.txt": "b", "dir/c.txt": "c", "dir/d.txt": "d" } });
    await repository.commit({ files: { "a.txt": "A", "b.txt": null }, renames: { dir: "moved" } });
    expect((await repository.git("ls-tree", "-r", "--name-only", "main")).split("\n")).toEqual([
      "a.txt",
      "moved/c.txt",
      "moved/d.txt",
    ]);
    expect(await repository.git("show", "main:a.txt")).toBe("A");
  });

  it("keeps paths of any bytes, modes, links and submodules", async () => {
    await using repository = await ScratchRepository.create();
    const commit = "1".repeat(40);
    await repository.commit({
      files: [
        ['new\nline\t"quoted"\\', "odd"],
        [notUtf8, "bytes"],
        ["run.sh", { mode: "100755", content: "#!/bin/sh\n" }],
        ["link", { mode: "120000", content: "run.sh" }],
        ["sub", { mode: "160000", object: commit }],
      ],
    });
    const listed = await repository.git("ls-tree", "main");
    expect(listed.replaceAll(/ (?!1{40})[0-9a-f]{40}/g, " -")).toBe(
      [
        '100644 blob -\t"f\\377g"',
        "120000 blob -\tlink",
        '100644 blob -\t"new\\nline\\t\\"quoted\\"\\\\"',
        "100755 blob -\trun.sh",
        `160000 commit ${commit}\tsub`,
      ].join("\n"),
    );
  });

  it("begins a history of its own, and leaves one behind", async () => {
    await using repository = await ScratchRepository.create();
    const first = await repository.commit({ files: { a: "1" } });
    const second = await repository.commit({ files: { a: "2" } });
    const orphan = await repository.commit({ branch: "alone", parent: null, files: { b: "1" } });
    const forced = await repository.commit({ parent: first, files: { a: "3" } });
    expect(await repository.git("rev-list", "main")).toBe(`${forced}\n${first}`);
    expect(await repository.git("rev-list", "alone")).toBe(orphan);
    expect(await repository.branch("main", second)).toBe(second);
    expect(await repository.sha("main")).toBe(second);
    await repository.deleteBranch("alone");
    await expect(repository.sha("alone")).rejects.toMatchObject({ code: "git-failed" });
    expect(await repository.tag("v1", "main")).toBe(await repository.sha("v1"));
  });

  it("merges two branches, or says that it cannot", async () => {
    await using repository = await ScratchRepository.create();
    const base = await repository.commit({ files: { a: "1", b: "1" } });
    const left = await repository.commit({ files: { a: "2" } });
    const right = await repository.commit({ branch: "topic", parent: base, files: { b: "2" } });
    const merged = await repository.merge({ into: "main", from: "topic" });
    expect(await repository.git("rev-parse", "main^1", "main^2")).toBe(`${left}\n${right}`);
    expect(await repository.git("show", "main:a", "main:b")).toBe("22");
    expect(await repository.sha("main")).toBe(merged);
    await repository.commit({ branch: "clash", parent: base, files: { a: "3" } });
    await expect(repository.merge({ into: "main", from: "clash" })).rejects.toMatchObject({ code: "merge-conflict" });
  });

  it("commits thousands of files at once and checks them out", async () => {
    await using repository = await ScratchRepository.create();
    await repository.commit({ files: numberedFiles(3_000, "many") });
    await repository.checkout("main");
    expect(await readFile(join(repository.path, "many/02999.txt"), "utf8")).toBe("2999\n");
    expect(await repository.git("status", "--porcelain")).toBe("");
  });

  it("is gone when disposed of", async () => {
    const repository = await ScratchRepository.create();
    await repository[Symbol.asyncDispose]();
    expect(existsSync(repository.path)).toBe(false);
  });
});
