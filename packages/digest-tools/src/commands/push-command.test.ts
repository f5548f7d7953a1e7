import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RecordingHost, recordingHost } from "@fanfold-internal/kit/process/recording-host";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { main } from "../cli.ts";
import { writeImage } from "../testing/layout.ts";
import { RegistryStandIn } from "../testing/registry-stand-in.ts";

let directory: string;
let layout: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "digest-tools-push-"));
  layout = join(directory, "build");
});
afterEach(() => rm(directory, { recursive: true }));

interface Ran extends RecordingHost {
  readonly code: number;
}

async function run(args: readonly string[], given: Parameters<typeof recordingHost>[0] = {}): Promise<Ran> {
  const host = recordingHost({ cwd: directory, ...given, env: { HOME: directory, ...given.env } });
  return { ...host, code: await main(args, host) };
}

const push = (args: readonly string[], given: Parameters<typeof recordingHost>[0] = {}): Promise<Ran> =>
  run(["push", "--layout", layout, "--platform", "linux/amd64", "--record-dir", "records", ...args], given);

const target = () => `oci:${join(directory, "target")}`;

describe("push refuses before it pushes", () => {
  it.each([
    [
      "a leg of several platforms",
      ["--platform-tag", "amd64", "--platform", "linux/amd64,linux/arm64"],
      /a leg, which has one platform, found linux\/amd64,linux\/arm64/,
    ],
    ["no directory for the record", ["--record-dir", ""], /'--record-dir <dir>'.*Expected a value/],
    ["no directory of a layout", ["--layout", ""], /'--layout <dir>'.*Expected a value/],
    ["a layout without a directory", ["--image", "oci:"], /expected the directory of a layout/],
    ["a host with a scheme", ["--anchor-host", "http://HOST/"], /'--anchor-host <host>'.*expected host\[:port\]/],
    ["another host with a scheme", ["--plain-http", "http://foo"], /'--plain-http <host>'.*expected host\[:port\]/],
    ["a host with a path", ["--plain-http", "quay.io/x"], /expected host\[:port\], as in an image's name/],
  ])("%s", async (_, args, message) => {
    await writeImage(layout, "x", "amd64");
    const ran = await push(["--image", target(), "--tag-suffix", "-a", ...args]);
    expect(ran.code).toBe(2);
    expect(ran.written.stderr).toMatch(message);
    expect(ran.written.stdout).toBe("");
    expect(await readdir(directory)).toEqual(["build"]);
  });

  it.each([
    ["push", ["push", "--image", "user:hunter2sec@127.0.0.1:5000/x"]],
    ["merge", ["merge", "--image", "user:hunter2sec@127.0.0.1:5000/x"]],
    ["inspect", ["inspect", "u:hunter2sec@quay.io/x"]],
    ["a host", ["inspect", "--plain-http", "u:hunter2sec@quay.io", "x"]],
    ["a tag", ["push", "--tag", "u:hunter2sec@quay.io/x"]],
  ])("and prints no password that stands in a name: %s", async (_, args) => {
    const ran = await run(args);
    expect(ran.code).toBe(2);
    expect(ran.written.stderr).toContain("***@");
    expect(ran.written.stderr + ran.written.stdout).not.toContain("hunter2sec");
  });

  it("an image for another platform", async () => {
    await writeImage(layout, "x", "arm64");
    await using registry = await RegistryStandIn.start();
    const ran = await push(["--image", `${registry.host}/a/b`, "--tag-suffix", "-a", "--platform-tag", "amd64"]);
    expect([ran.code, ran.written.stderr]).toEqual([
      1,
      expect.stringContaining("the image is for linux/arm64; expected linux/amd64"),
    ]);
    expect(registry.requests).toEqual([]);
  });

  it("an anchor that no registry takes, and only where one is wanted", async () => {
    await writeImage(layout, "x", "amd64");
    const leg = ["--tag-suffix", `-${"x".repeat(130)}`, "--platform-tag", "amd64", "--image", target()];
    const refused = await push([...leg, "--anchor", "always"]);
    expect(refused.code).toBe(1);
    expect(await readdir(directory)).toEqual(["build"]);
    expect((await push([...leg, "--anchor", "never"])).code).toBe(0);
  });

  it("a layout in a tar file", async () => {
    await writeFile(layout, "ustar");
    const ran = await push(["--image", target(), "--tag-suffix", "-a"]);
    expect([ran.code, ran.written.stderr]).toEqual([1, expect.stringContaining("a tar file must be unpacked first")]);
  });
});

describe("a push that one registry ends", () => {
  const body = JSON.stringify({ errors: [{ code: "DENIED", message: "immutable" }] });

  it("tells what it did before: by digest, and which tags are set where", async () => {
    await writeImage(layout, "x", "amd64");
    await using good = await RegistryStandIn.start();
    await using bad = await RegistryStandIn.start({
      fault: ({ method, target: path }) =>
        method === "PUT" && path.endsWith("/manifests/latest") ? { status: 403, body } : undefined,
    });
    const [one, two] = [`${good.host}/a/b`, `${bad.host}/a/b`];
    const tags = ["--tag", "v1.0.0", "--tag", "latest"];
    const ran = await push(["--image", one, "--image", two, "--tag-suffix", "", ...tags], {
      env: { GITHUB_ACTIONS: "true" },
    });
    expect(ran.code).toBe(1);
    const errors = ran.written.stderr.split("\n").filter((line) => line.startsWith("::error::"));
    expect(errors[0]).toMatch(/^::error::sha256:\w{64} was pushed by digest, but not under all its tags; nothing was/);
    expect(errors[0]).toContain(`tags set in ${one}: v1.0.0, latest; in ${two}: v1.0.0;`);
    expect(errors[1]).toContain(`${two.replace("/", "/v2/")}/manifests/latest: PUT: the registry answered 403 (DENIED`);
    expect(errors[1]).toContain("let the registry's rule for immutable tags leave this one out");
    expect(errors).toHaveLength(2);
    expect(await readdir(directory)).toEqual(["build"]);
  });

  it("tells of its anchors too", async () => {
    await writeImage(layout, "x", "amd64");
    await using bad = await RegistryStandIn.start({
      fault: ({ method, target: path }) =>
        method === "PUT" && path.includes("/leg-a--") ? { status: 400 } : undefined,
    });
    const leg = ["--tag-suffix", "-a", "--platform-tag", "amd64", "--anchor", "always"];
    const ran = await push(["--image", target(), "--image", `${bad.host}/a/b`, ...leg]);
    expect(ran.code).toBe(1);
    expect(ran.written.stderr).toContain(`tags set in ${target()}: leg-a--amd64; in ${bad.host}/a/b: none\n`);
  });
});

describe("a copy shows how it goes", () => {
  it("by a line for each blob and manifest", async () => {
    await writeImage(layout, "x", "amd64", "plain");
    const { code, written } = await push(["--image", target(), "--tag-suffix", "-a"]);
    expect(code).toBe(0);
    const lines = written.stderr.trimEnd().split("\n");
    expect(lines.slice(0, -1).map((line) => line.replace(/ sha256:\w+ {2}\d+ bytes$/, ""))).toEqual([
      `written  ${target()}  blob`,
      `written  ${target()}  blob`,
      `written  ${target()}  manifest`,
    ]);
    expect(lines.at(-1)).toMatch(/^recorded in /);
  });

  it("folded in Actions, after a failure too", async () => {
    await writeImage(layout, "x", "amd64", "plain");
    const env = { GITHUB_ACTIONS: "true" };
    const { written } = await push(["--image", target(), "--tag-suffix", "-a"], { env });
    expect(written.stderr).toMatch(/^::group::copying\n(?:written .*\n){3}::endgroup::\nrecorded in /);
    await writeFile(join(directory, "file"), "");
    const again = await push(["--image", target(), "--tag-suffix", "-a", "--record-dir", "file"], { env });
    expect(again.written.stderr).toMatch(/^::group::copying\n(?:present .*\n){3}::endgroup::\n::error /);
  });

  it("by a bar on a terminal", async () => {
    await writeImage(layout, "x", "amd64", "plain");
    const { written } = await push(["--image", target(), "--tag-suffix", "-a"], { terminal: true });
    expect(written.stderr).toContain("\r\u001b[2K[#############-------] copied 2/3");
    expect(written.stderr).toMatch(/copied 3\/3\r\u001b\[2Krecorded in .*\n$/);
  });
});

describe("inspect of a layout", () => {
  it("wants a name where there are several images", async () => {
    await writeImage(layout, "x", "amd64");
    await run([
      "push",
      "--layout",
      layout,
      "--image",
      target(),
      "--platform",
      "linux/amd64",
      "--tag-suffix",
      "-a",
      "--record-dir",
      "r",
      "--tag",
      "one",
    ]);
    await writeImage(join(directory, "second"), "y", "amd64");
    await run([
      "push",
      "--layout",
      join(directory, "second"),
      "--image",
      target(),
      "--platform",
      "linux/amd64",
      "--tag-suffix",
      "-b",
      "--record-dir",
      "r",
      "--tag",
      "two",
    ]);
    const ran = await run(["inspect", target()]);
    expect(ran.code).toBe(1);
    expect(ran.written.stderr).toContain("expected one image in index.json, found one, two");
    expect(ran.written.stderr).toContain(`fix: name one: ${target()}:TAG, or ${target()}@sha256:…`);
  });

  it("tells an empty layout from a directory that is none", async () => {
    await mkdir(layout);
    for (const name of ["nope", "build"]) {
      const ran = await run(["inspect", `oci:${join(directory, name)}`]);
      expect([ran.code, ran.written.stderr]).toEqual([1, expect.stringContaining("found no index.json")]);
    }
    expect(await run(["inspect", "oci:"])).toMatchObject({ code: 2 });
  });
});
