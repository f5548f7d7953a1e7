import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Testbed, testbed, toolNames } from "./testbed-file.ts";

const good: Testbed = {
  registries: [
    { host: "127.0.0.1:1", auth: "none" },
    { host: "127.0.0.1:2", auth: "basic", username: "u", password: "p" },
  ],
  docker: null,
  tools: {
    crane: "/crane",
    oras: "/oras",
    skopeo: "/skopeo",
    docker: "/docker",
    registry: "/registry",
    dockerd: "/dockerd",
    containerd: "/containerd",
    runc: "/runc",
    cosign: "/cosign",
    busyboxAmd64: "/busybox-amd64",
    busyboxArm64: "/busybox-arm64",
  },
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "testbed-file-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function written(content: string): string {
  const file = join(folder, "testbed.json");
  writeFileSync(file, content);
  return file;
}

describe("the test bed of the environment", () => {
  test("is what the file says", () => {
    expect(testbed({ FANFOLD_TESTBED: written(JSON.stringify(good)) })).toEqual(good);
  });

  test.each([
    [{}, "FANFOLD_TESTBED is not set; `npm run testbed -- up` prints its value"],
    [{ FANFOLD_TESTBED: "off" }, "switched off by FANFOLD_TESTBED=off"],
    [{ FANFOLD_TESTBED_UNAVAILABLE: "no Debian" }, "no Debian"],
  ])("is unavailable with a reason: %j", (env, reason) => {
    expect(testbed(env)).toEqual({ unavailable: reason });
  });

  test.each([
    ["not JSON", "{"],
    ["no object", "[]"],
    [
      "a password missing",
      JSON.stringify({ ...good, registries: [{ host: "127.0.0.1:2", auth: "token", username: "u" }] }),
    ],
    [
      "an unknown kind",
      JSON.stringify({ ...good, registries: [{ host: "h", auth: "x", username: "u", password: "p" }] }),
    ],
    ["a tool missing", JSON.stringify({ ...good, tools: { ...good.tools, [toolNames[0]]: undefined } })],
    ["no engine said", JSON.stringify({ ...good, docker: undefined })],
  ])("is refused with its path and what to do: %s", (_, content) => {
    const file = written(content);
    expect(() => testbed({ FANFOLD_TESTBED: file })).toThrow(
      expect.objectContaining({
        code: "bad-file",
        message: expect.stringMatching(/testbed\.json: .*; run `npm run testbed/),
      }),
    );
  });
});
