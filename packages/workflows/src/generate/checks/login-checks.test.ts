import { expect, test } from "vitest";
import { generateSample, sampleMatrix } from "../testing/sample-project.ts";

async function missing(images: string, workflow = "{}"): Promise<readonly unknown[]> {
  const { findings } = await generateSample({
    ".github/fanfold.yml": `images: ${images}\nworkflow: ${workflow}\n`,
    ".github/backend-matrix.yml": sampleMatrix({ singles: 2 }),
    ".github/actions/cloud/action.yml": "runs: { using: composite, steps: [] }\n",
  });
  return findings
    .filter(({ code }) => code === "registry-without-login")
    .map(({ message, at }) => [/for (\S+),/.exec(message)?.[1], at !== undefined && "column" in at ? at.column : 0]);
}

test.each([
  ["each registry without a login, once", "[quay.io/a/b, ghcr.io/a/b, quay.io/a/c]", "{}", ["quay.io", "ghcr.io"]],
  [
    "Docker Hub by any of its names",
    "[a/b, docker.io/a/c]",
    "{ registries: [{ host: index.docker.io, username: U, password: P }] }",
    [],
  ],
  ["a host as people write it", "[Quay.io/a/b]", "{ registries: [{ host: quay.io, username: U, password: P }] }", []],
  [
    "one of two",
    '["ghcr.io/a/{image}", "quay.io/a/{image}"]',
    "{ registries: [{ host: ghcr.io, username: U, password: P }] }",
    ["quay.io"],
  ],
  [
    "a registry that a key names",
    '["{backend}.example.com/a"]',
    "{}",
    ["single-0.example.com", "single-1.example.com"],
  ],
  ["none where an action logs in", "[quay.io/a/b]", "{ login: ./.github/actions/cloud }", []],
])("%s", async (_, images, workflow, hosts) => {
  expect((await missing(images, workflow)).map((found) => (Array.isArray(found) ? found[0] : ""))).toEqual(hosts);
});

test("the place is that of the first image there", async () => {
  expect(await missing("[ghcr.io/a/b, quay.io/a/b]")).toEqual([
    ["ghcr.io", 10],
    ["quay.io", 23],
  ]);
});
