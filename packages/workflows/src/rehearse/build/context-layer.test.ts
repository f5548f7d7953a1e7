import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { extract } from "tar-stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { packContext } from "./context-layer.ts";

let directory: string;
let root: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "fanfold-layer-"));
  root = join(directory, "root");
  await mkdir(join(root, "backend/x"), { recursive: true });
  await writeFile(join(root, "README.md"), "read me\n");
  await writeFile(join(root, "backend/x/run.sh"), "#!/bin/sh\n");
  await chmod(join(root, "backend/x/run.sh"), 0o750);
  await writeFile(join(root, "backend/x/not-tracked"), "secret");
  await symlink("run.sh", join(root, "backend/x/link"));
});
afterEach(() => rm(directory, { recursive: true }));

const tracked = ["backend/x/run.sh", "README.md", "backend/x/link", "backend/x/gone", "backend/x"];
const pack = (context: string) => packContext(root, tracked, context, join(directory, "layer.tar"));

async function entries(file: string): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for await (const entry of Readable.from([await readFile(file)]).pipe(extract())) {
    const { name, mode, uid, gid, type, linkname, mtime } = entry.header;
    found.push([name, type, mode?.toString(8), uid, gid, mtime?.getTime(), linkname ?? (await text(entry))]);
    entry.resume();
  }
  return found;
}

describe("a context as a layer", () => {
  it.each([".", "./", ""])("the whole repository: %j", async (context) => {
    const { file, descriptor } = await pack(context);
    expect(await entries(file)).toEqual([
      ["README.md", "file", "644", 0, 0, 0, "read me\n"],
      ["backend/x/link", "symlink", "777", 0, 0, 0, "run.sh"],
      ["backend/x/run.sh", "file", "755", 0, 0, 0, "#!/bin/sh\n"],
    ]);
    const bytes = await readFile(file);
    expect(descriptor).toEqual({
      mediaType: "application/vnd.oci.image.layer.v1.tar",
      digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}`,
      size: bytes.length,
    });
  });

  it.each(["backend/x", "./backend/x/"])("a directory, from which its paths begin: %s", async (context) => {
    const { file } = await pack(context);
    expect((await entries(file)).map((entry) => (Array.isArray(entry) ? entry[0] : entry))).toEqual(["link", "run.sh"]);
  });

  it("is the same bytes whenever the files were written, and others when one says something else", async () => {
    const first = (await pack(".")).descriptor.digest;
    await utimes(join(root, "README.md"), 1, 1);
    expect((await pack(".")).descriptor.digest).toBe(first);
    await writeFile(join(root, "README.md"), "read me!\n");
    expect((await pack(".")).descriptor.digest).not.toBe(first);
  });

  it.each(["backend/y", "../elsewhere", "https://example.invalid/x.git"])(
    "is refused where git tracks none: %s",
    async (context) => {
      await expect(pack(context)).rejects.toThrow(`context ${JSON.stringify(context)} holds no file that git tracks`);
    },
  );

  it("fails with the file that cannot be written", async () => {
    await expect(packContext(root, tracked, ".", join(directory, "no/layer.tar"))).rejects.toThrow("ENOENT");
  });
});
