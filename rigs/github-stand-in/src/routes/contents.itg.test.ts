import { expect, it } from "vitest";
import { ScratchStandIn } from "../scratch-stand-in.ts";

const raw = { accept: "application/vnd.github.raw+json" };

it("answers in base64 for any ref, and for the default branch without one", async () => {
  await using world = await ScratchStandIn.start();
  const old = await world.repository.commit({ files: { ".github/matrix.yml": "include: []\n" } });
  await world.repository.commit({ files: { ".github/matrix.yml": "x".repeat(100) } });
  expect(await world.json(`contents/.github/matrix.yml?ref=${old}`)).toMatchObject({
    type: "file",
    name: "matrix.yml",
    path: ".github/matrix.yml",
    size: 12,
    encoding: "base64",
    content: `${Buffer.from("include: []\n").toString("base64")}\n`,
  });
  const content = Buffer.from("x".repeat(100)).toString("base64").replace(/.{60}/g, "$&\n");
  expect(await world.json("contents/.github%2Fmatrix.yml")).toMatchObject({ content: `${content}\n` });
});

it("answers with the bytes themselves", async () => {
  await using world = await ScratchStandIn.start();
  const bytes = Buffer.from([0, 0xff, 0x0a]);
  await world.repository.commit({ files: { "a b/ü.bin": bytes } });
  const response = await world.fetch("contents/a%20b/%C3%BC.bin?ref=main", raw);
  expect(response.headers.get("content-type")).toBe("application/vnd.github.raw+json; charset=utf-8");
  expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes);
  const plain = await world.fetch("contents/a%20b/%C3%BC.bin", { accept: "application/vnd.github.raw" });
  expect((await plain.arrayBuffer()).byteLength).toBe(3);
});

it("leaves more than 1 MB out of the JSON, but not out of the raw answer", async () => {
  await using world = await ScratchStandIn.start();
  const limit = 1024 * 1024;
  await world.repository.commit({ files: { fits: "x".repeat(limit), large: "x".repeat(limit + 1) } });
  expect(await world.json("contents/fits")).toMatchObject({ encoding: "base64", size: limit });
  expect(await world.json("contents/large")).toMatchObject({ encoding: "none", content: "", size: limit + 1 });
  expect(await (await world.fetch("contents/large", raw)).text()).toHaveLength(limit + 1);
});

it("lists directories, follows links inside the repository, and shows the others", async () => {
  await using world = await ScratchStandIn.start();
  await world.repository.commit({
    files: {
      "dir/file": "text",
      "dir/deep/x": "1",
      "dir/inside": { mode: "120000", content: "../top" },
      "dir/outside": { mode: "120000", content: "../../etc/passwd" },
      "dir/sub": { mode: "160000", object: "1".repeat(40) },
      top: "the top",
    },
  });
  expect(await world.json("contents/dir")).toMatchObject([
    { path: "dir/deep", type: "dir", size: 0 },
    { path: "dir/file", type: "file", size: 4 },
    { path: "dir/inside", type: "symlink" },
    { path: "dir/outside", type: "symlink" },
    { path: "dir/sub", type: "file" },
  ]);
  expect(await world.json("contents/")).toMatchObject([{ path: "dir", type: "dir" }, { path: "top" }]);
  expect(await (await world.fetch("contents/dir/inside", raw)).text()).toBe("the top");
  expect(await world.json("contents/dir/outside")).toMatchObject({ type: "symlink", target: "../../etc/passwd" });
  expect(await world.json("contents/dir/sub")).toMatchObject({ type: "submodule" });
});

it("finds a path that is not UTF-8 by its bytes", async () => {
  await using world = await ScratchStandIn.start();
  await world.repository.commit({ files: [[Buffer.from([0x66, 0xff]), "bytes"]] });
  expect(await world.json("contents/f%FF")).toMatchObject({ name: "f\ufffd", size: 5 });
  expect((await world.fetch("contents/f%EF%BF%BD")).status).toBe(404);
});

it("tells a path it does not know from a ref it does not know", async () => {
  await using world = await ScratchStandIn.start();
  await world.repository.commit({ files: { file: "1" } });
  for (const path of ["contents/none", "contents/file/below", "contents/none/below"]) {
    const response = await world.fetch(path);
    expect([response.status, await response.json()]).toMatchObject([404, { message: "Not Found" }]);
  }
  const response = await world.fetch("contents/file?ref=gone");
  expect([response.status, await response.json()]).toMatchObject([
    404,
    { message: "No commit found for the ref gone" },
  ]);
});
