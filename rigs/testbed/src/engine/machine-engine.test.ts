import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findMachineEngine } from "./machine-engine.ts";

const FIT = {
  Name: hostname(),
  OSType: "linux",
  OperatingSystem: "Debian GNU/Linux 13 (trixie)",
  SecurityOptions: ["name=seccomp,profile=builtin", "name=cgroupns"],
  DriverStatus: [["driver-type", "io.containerd.snapshotter.v1"]],
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "engine-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function found(info: object, status = 200) {
  const socket = join(folder, "docker.sock");
  const server = createServer((_, response) => response.writeHead(status).end(JSON.stringify(info))).listen(socket);
  await once(server, "listening");
  try {
    return await findMachineEngine({}, socket);
  } finally {
    server.close();
  }
}

test("an engine that can push by digest to registries of this machine", async () => {
  expect(await found(FIT)).toEqual({ kind: "usable", socket: join(folder, "docker.sock") });
});

test.each([
  [{ ...FIT, DriverStatus: [["Backing Filesystem", "extfs"]] }, /containerd's image store/],
  [{ ...FIT, SecurityOptions: ["name=rootless"] }, /^a rootless engine/],
  [{ ...FIT, OperatingSystem: "Docker Desktop" }, /^Docker Desktop/],
  [{ ...FIT, Name: "elsewhere" }, /^it runs on elsewhere, and this is /],
  [{ ...FIT, OSType: "windows" }, /^it runs windows containers$/],
  [{}, /^it runs undefined containers$/],
])("%j is not used: %s", async (info, reason) => {
  expect(await found(info)).toEqual({ kind: "unusable", reason: expect.stringMatching(reason) });
});

test("an engine that does not answer, is refused to this user, or is elsewhere", async () => {
  const socket = join(folder, "docker.sock");
  expect(await findMachineEngine({}, socket)).toEqual({ kind: "none" });
  expect(await found({}, 403)).toEqual({ kind: "unusable", reason: `${socket} does not answer: HTTP 403` });
  expect(await findMachineEngine({ DOCKER_HOST: `unix://${socket}` }, "/nowhere")).toEqual({
    kind: "unusable",
    reason: expect.stringContaining(`${socket} does not answer: connect ENOENT`),
  });
  expect(await findMachineEngine({ DOCKER_HOST: "ssh://builder" }, socket)).toEqual({
    kind: "unusable",
    reason: "DOCKER_HOST=ssh://builder is not a socket of this machine",
  });
});
