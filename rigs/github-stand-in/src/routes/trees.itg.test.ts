import { expect, it } from "vitest";
import { ScratchStandIn } from "../scratch-stand-in.ts";

const files = { "a.txt": "12345", "dir/b.txt": "1", "dir/deep/c.sh": { mode: "100755", content: "1" } } as const;

it("lists everything below a commit, a branch or a tree, directories too", async () => {
  await using world = await ScratchStandIn.start();
  const submodule = "1".repeat(40);
  const commit = await world.repository.commit({ files: { ...files, sub: { mode: "160000", object: submodule } } });
  const tree = await world.repository.git("rev-parse", "main^{tree}");
  const blob = await world.repository.git("rev-parse", "main:a.txt");
  const expected = {
    sha: tree,
    truncated: false,
    tree: [
      {
        path: "a.txt",
        mode: "100644",
        type: "blob",
        sha: blob,
        size: 5,
        url: `${world.standIn.apiUrl}/repos/octo/images/git/blobs/${blob}`,
      },
      { path: "dir", mode: "040000", type: "tree" },
      { path: "dir/b.txt" },
      { path: "dir/deep", type: "tree" },
      { path: "dir/deep/c.sh", mode: "100755" },
      { path: "sub", mode: "160000", type: "commit", sha: submodule },
    ],
  };
  for (const name of [commit, "main", tree]) {
    expect(await world.json(`git/trees/${name}?recursive=1`)).toMatchObject(expected);
  }
  expect(await world.json(`git/trees/${commit}`)).toHaveProperty("tree.length", 3);
});

it("cuts the list at the limit of entries and says so", async () => {
  await using world = await ScratchStandIn.start({ limits: { treeEntries: 4 } });
  const commit = await world.repository.commit({ files });
  const cut = await world.json(`git/trees/${commit}?recursive=1`);
  expect(cut).toMatchObject({ truncated: true });
  expect(cut).toHaveProperty("tree.length", 4);
  const whole = await world.repository.commit({ files: { "a.txt": null } });
  expect(await world.json(`git/trees/${whole}?recursive=1`)).toMatchObject({ truncated: false });
});

it("cuts the list at the limit of bytes", async () => {
  await using world = await ScratchStandIn.start({ limits: { treeBytes: 500 } });
  const commit = await world.repository.commit({ files });
  const cut = await world.json(`git/trees/${commit}?recursive=1`);
  expect(cut).toMatchObject({ truncated: true, tree: [{ path: "a.txt" }, { path: "dir" }] });
});

it("sends paths of any bytes", async () => {
  await using world = await ScratchStandIn.start();
  await world.repository.commit({
    files: [
      ['n\n"q"\t', "1"],
      [Buffer.from([0x66, 0xff]), "1"],
    ],
  });
  expect(await world.json("git/trees/main?recursive=1")).toMatchObject({
    tree: [{ path: "f\ufffd" }, { path: 'n\n"q"\t' }],
  });
});

it("does not know other objects", async () => {
  await using world = await ScratchStandIn.start();
  await world.repository.commit({ files });
  const blob = await world.repository.git("rev-parse", "main:a.txt");
  for (const name of ["0".repeat(40), "nowhere", blob]) {
    expect((await world.fetch(`git/trees/${name}?recursive=1`)).status).toBe(404);
  }
});
