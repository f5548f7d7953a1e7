import { DiskSetupError, describePlan, makePlan, type Probe, parseBytes, renderScript } from "@fanfold/disk-setup";
import { expect, test } from "vitest";

const probe: Probe = {
  schema: "fanfold.disk-probe/1",
  runner: { environment: "github-hosted", arch: "X64", image: "ubuntu24", imageVersion: null },
  machine: { kind: "machine", init: "systemd", user: "ordinary", rsync: "absent" },
  disks: [],
  mounts: [{ path: "/", root: "/", type: "ext4", source: "/dev/root", filesystem: "8:1", access: "read-write" }],
  filesystems: [
    {
      id: "8:1",
      type: "ext4",
      mount: "/",
      access: "read-write",
      bytes: { size: 75e9, free: 17e9 },
      inodes: { size: 9e6, free: 8e6 },
    },
  ],
  docker: { state: "absent" },
  temporary: { variable: null, path: "/tmp" },
  workspace: "/home/runner/work/app/app",
  trees: [
    { row: "android", path: "/usr/local/lib/android", kind: "directory" },
    { row: "swift", path: "/usr/share/swift", kind: "directory" },
  ],
  inUse: [],
};

test("a plan deletes the densest first and stops when the need is met", () => {
  const plan = makePlan(probe, { need: 20e9, keep: [], architectures: "x64" });
  expect(plan.actions).toMatchObject([{ kind: "delete", row: "swift", trees: ["/usr/share/swift"] }]);
  expect(plan.reserve).toMatchObject([{ kind: "delete", row: "android" }]);
  expect(plan.outcome).toBe("met");
  expect(describePlan(plan)).toContain("1. delete /usr/share/swift");
  expect(renderScript(plan)).toContain("trees=(/usr/share/swift /usr/local/lib/android)\n");
  expect(renderScript(plan)).toContain("\n  delete 0\n");
});

test("another catalogue can be handed in", () => {
  const row = { id: "mine", paths: ["/opt/mine"], images: { ubuntu24: { bytes: 9e9, inodes: 1 } }, breaks: "mine" };
  const mine: Probe = { ...probe, trees: [{ row: "mine", path: "/opt/mine", kind: "directory" }] };
  const plan = makePlan(mine, { need: 20e9, keep: [], architectures: "x64" }, [row]);
  expect(plan.actions).toMatchObject([{ row: "mine", gain: 9e9 }]);
});

test("errors carry their code", () => {
  expect(() => parseBytes("much")).toThrow(DiskSetupError);
  expect(() => parseBytes("60G")).toThrow(expect.objectContaining({ code: "size-invalid", name: "DiskSetupError" }));
  expect(parseBytes("60GiB")).toBe(64424509440);
});
