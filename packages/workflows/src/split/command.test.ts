import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordingHost } from "@fanfold-internal/kit/process/recording-host";
import { afterEach, beforeEach, expect, test } from "vitest";
import { main } from "../cli.ts";

const MATRIX = `include:
  - tag-suffix: -a
    platforms: linux/amd64,linux/arm64 # both
  - tag-suffix: -b
    platforms: linux/amd64,linux/s390x
`;

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "fanfold-split-"));
  mkdirSync(join(root, ".github"));
  writeFileSync(join(root, ".github/backend-matrix.yml"), MATRIX);
});
afterEach(() => rmSync(root, { recursive: true }));

const matrix = (): string => readFileSync(join(root, ".github/backend-matrix.yml"), "utf8");

async function fanfold(...args: readonly string[]) {
  const host = recordingHost({ cwd: root });
  const code = await main(args, host);
  return { code, ...host.written };
}

test("shows a diff and what stays, and writes nothing", async () => {
  const { code, stdout, stderr } = await fanfold("split");
  expect(code).toBe(0);
  expect(stdout).toBe(`--- a/.github/backend-matrix.yml
+++ b/.github/backend-matrix.yml
@@ -1,5 +1,10 @@
 include:
   - tag-suffix: -a
-    platforms: linux/amd64,linux/arm64 # both
+    platforms: linux/amd64 # both
+    platform-tag: amd64
+  - tag-suffix: -a
+    platforms: linux/arm64
+    platform-tag: arm64
+    runs-on: ubuntu-24.04-arm
   - tag-suffix: -b
     platforms: linux/amd64,linux/s390x
1 entry to 2 native legs; fanfold split --write writes it
`);
  expect(
    stderr,
  ).toBe(`.github/backend-matrix.yml:5:16: warning: include[1] stays as it is: no runner is known for linux/s390x
  fix: name one in the config: workflow.runners: { linux/s390x: … }
`);
  expect(matrix()).toBe(MATRIX);
});

test("--write writes it, with the runners of the config", async () => {
  writeFileSync(join(root, ".github/fanfold.yml"), "workflow: { runners: { linux/s390x: z16 } }\n");
  const { code, stdout, stderr } = await fanfold("split", "--write");
  expect(code).toBe(0);
  expect(stderr).toBe("");
  expect(stdout).toContain("2 entries to 4 native legs, written; next: fanfold generate\n");
  expect(matrix()).toContain("platforms: linux/s390x\n    platform-tag: s390x\n    runs-on: z16\n");
  expect((await fanfold("split")).stdout).toBe("nothing to split\n");
});
