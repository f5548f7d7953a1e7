import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DigestToolsError, mergeAll, parsePlan, Stores } from "@fanfold/digest-tools";
import {
  computeTags,
  parsePlatform,
  pushLayout,
  readImageTree,
  renderTree,
  verifyImages,
} from "@fanfold/digest-tools/internal";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { writeImage } from "./testing/layout.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "digest-tools-"));
});
afterAll(() => rm(directory, { recursive: true }));

test("a program pushes two legs, merges the plan, and verifies", async () => {
  const stores = new Stores({ env: {} });
  onTestFinished(() => stores.close());
  const openStore = (name: string) => stores.open(name);
  const image = `oci:${join(directory, "published")}`;
  const sha = "6113728f27ae82c7b1a177c8d03f9e96e0adf246";
  for (const architecture of ["amd64", "arm64"]) {
    const layout = join(directory, architecture);
    await writeImage(layout, "x", architecture);
    const input = {
      repositories: [image],
      platforms: [parsePlatform(`linux/${architecture}`)],
      tagSuffix: "-x",
      platformTag: architecture,
      tags: [],
      labels: {},
      recordDirectory: join(directory, "records"),
      anchor: "auto",
      anchorHosts: [],
      source: { revision: sha, version: "main" },
      run: { id: "1", attempt: 1 },
      allowRollback: false,
    } as const;
    await pushLayout(input, layout, { openStore });
  }
  const legs = ["amd64", "arm64"].map((architecture) => ({
    platform: `linux/${architecture}`,
    "artifact-name": `digests-x--${architecture}`,
  }));
  const event = { name: "push", ref: "refs/heads/main", sha };
  const groups = [{ "tag-suffix": "-x", "tag-latest": "true", legs }];
  const plan = parsePlan(JSON.stringify({ schema: "fanfold.plan/1", event, images: [image], groups }), "plan.json");
  const [report] = await mergeAll({ plan, recordDirectories: [join(directory, "records")] }, { openStore });
  expect(report).toMatchObject({ verdict: "published", platforms: ["linux/amd64", "linux/arm64"] });

  const references = computeTags(event, { tagLatest: "true", tagSuffix: "-x" }).map(({ name }) => name);
  expect(references).toEqual(["main-x", "sha-6113728-x", "latest-x"]);
  const verified = await verifyImages({ stores: [stores.open(image)], references, expected: undefined });
  expect(verified.map(({ digest, problems }) => [digest, problems])).toEqual(
    references.map(() => [report?.digest, []]),
  );
  expect(renderTree(await readImageTree(stores.open(image), "latest-x"))).toContain("├─ linux/amd64");
});

test("errors are of one class, with a code", () => {
  expect(() => parsePlatform("linux")).toThrow(DigestToolsError);
  expect(() => parsePlatform("linux")).toThrow(expect.objectContaining({ code: "invalid-platform" }));
});
