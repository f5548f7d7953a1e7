import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { COMMANDS, CommandClone } from "./command-clone.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const clone = new CommandClone();
const env = {
  ...clone.env,
  // Tags follow from it; plan and explain look at the clone, as everywhere outside of Actions.
  GITHUB_REF: "refs/heads/main",
  GITHUB_SHA: "6dc1f0b0c1e9c0a5dbb9b1ab1e8f0c1a2b3c4d5e",
};

beforeAll(() => {
  for (const architecture of ["amd64", "arm64"]) writeLayout(join(clone.path, "build", architecture), architecture);
});

afterAll(() => clone[Symbol.dispose]());

/** An image as a builder leaves it, with one layer of a few bytes. */
function writeLayout(layout: string, architecture: string): void {
  mkdirSync(join(layout, "blobs/sha256"), { recursive: true });
  const put = (mediaType: string, text: string) => {
    const hex = createHash("sha256").update(text).digest("hex");
    writeFileSync(join(layout, "blobs/sha256", hex), text);
    return { mediaType, digest: `sha256:${hex}`, size: text.length };
  };
  const layer = put("application/vnd.oci.image.layer.v1.tar", architecture);
  const rootfs = { type: "layers", diff_ids: [layer.digest] };
  const config = put("application/vnd.oci.image.config.v1+json", JSON.stringify({ architecture, os: "linux", rootfs }));
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = put(mediaType, JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [layer] }));
  writeFileSync(join(layout, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(join(layout, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [manifest] }));
}

interface Example {
  readonly does: string;
  readonly line: string;
}

/** The examples of a page, in their order, but for those that say what else they need. */
function examplesOf(name: string): readonly Example[] {
  const page = readFileSync(join(root, "docs/cli", `${name}.md`), "utf8");
  const blocks = [...page.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, body = ""]) => body);
  return blocks
    .flatMap((body) => body.trim().split("\n\n"))
    .map((example): Example => {
      const [title = "", ...lines] = example.split("\n");
      return { does: title.slice(2), line: lines.join("\n") };
    })
    .filter(({ does }) => !/\(needs .+\)$/.test(does));
}

const run = (line: string) =>
  spawnSync("bash", ["-o", "pipefail", "-c", line], { cwd: clone.path, env, encoding: "utf8" });

test.each(Object.keys(COMMANDS))("%s: the examples of help and reference work", (name) => {
  const examples = examplesOf(name);
  expect(examples.length).toBeGreaterThan(1);
  const legs = examples.filter(({ line }) => line.startsWith("digest-tools push"));
  // The first merge stands above the page's section about pushing.
  const failed = [...legs, ...examples].flatMap(({ does, line }) => {
    const { status, stderr } = run(line);
    const expected = does.includes("exit code 1") ? 1 : 0;
    return status === expected ? [] : [`${line}: exit code ${status}: ${stderr}`];
  });
  expect(failed).toEqual([]);
});
