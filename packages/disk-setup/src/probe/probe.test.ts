import { expect, test } from "vitest";
import { probe } from "./probe.ts";
import type { Outcome, Space, System } from "./system.ts";

const GB = 1e9;
const space = (size: number, free: number): Space => ({
  bytes: { size: size * GB, free: free * GB },
  inodes: { size: 1000, free: 900 },
});

const ROOT = "27 1 8:1 / / rw - ext4 /dev/root rw";
const MNT = "28 27 8:17 / /mnt rw - ext4 /dev/sdb1 rw";

interface Given {
  readonly mounts?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly directories?: readonly string[];
  readonly links?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly answers?: Readonly<Record<string, string>>;
  readonly fileSizes?: Readonly<Record<string, { size: number; allocated: number }>>;
}

/** A machine on paper; a command that has no answer is not installed. */
function system(given: Given): System {
  const { mounts = ROOT, files = {}, directories = [], links = [], env = {}, answers = {}, fileSizes = {} } = given;
  const texts: Readonly<Record<string, string>> = { "/proc/self/mountinfo": mounts, ...files };
  const paths = [...directories, ...links, ...Object.keys(texts)];
  return {
    env,
    cwd: "/home/runner/work/app",
    program: "/usr/local/bin/node",
    processor: "x64",
    userId: 1001,
    platform: "linux",
    file: (path) => fileSizes[path],
    read: (path) => texts[path],
    list: (path) => [
      ...new Set(
        paths
          .filter((known) => known.startsWith(`${path}/`))
          .map((known) => known.slice(path.length + 1).split("/")[0] ?? ""),
      ),
    ],
    kind: (path) => {
      if (links.includes(path)) return "link";
      return directories.includes(path) ? "directory" : "absent";
    },
    resolve: (path) => (path.startsWith("/link/") ? path.replace("/link/", "/real/") : path),
    space: (path) => (path === "/mnt" ? space(74, 66) : space(72, 14)),
    run: async (command, args): Promise<Outcome> => {
      const stdout = answers[[command, ...args].join(" ")] ?? answers[command];
      return stdout === undefined ? { kind: "missing" } : { kind: "ended", code: 0, stdout, stderr: "" };
    },
  };
}

const INFO = {
  ServerVersion: "28.0.4",
  Driver: "overlay2",
  DriverStatus: [["Backing Filesystem", "extfs"]],
  DockerRootDir: "/var/lib/docker",
  ContainersRunning: 1,
  ContainersPaused: 1,
  Images: 2,
  Containerd: { Address: "/run/containerd/containerd.sock" },
};
const DOCKER = {
  "docker info --format {{json .}}": JSON.stringify(INFO),
  "docker context inspect --format {{.Endpoints.docker.Host}}": "unix:///var/run/docker.sock",
  "docker system df --format {{json .}}":
    '{"Type":"Images","Reclaimable":"1.5GB (90%)"}\n{"Type":"Containers","Reclaimable":"9GB"}',
};

test("works without Docker, without systemd, and outside of Actions", async () => {
  expect(await probe(system({}))).toMatchObject({
    runner: { environment: null, arch: "X64", image: null },
    machine: { kind: "machine", init: "other", user: "ordinary", rsync: "absent" },
    docker: { state: "absent" },
    filesystems: [{ id: "8:1", mount: "/", bytes: { size: 72e9, free: 14e9 } }],
    temporary: { variable: null, path: "/tmp" },
    workspace: "/home/runner/work/app",
  });
});

test("a hosted runner with two disks", async () => {
  const found = await probe(
    system({
      mounts: `${ROOT}\n${MNT}\n30 28 8:17 /images /images rw - ext4 /dev/sdb1 rw`,
      directories: ["/run/systemd/system", "/var/lib/containerd", "/usr/share/dotnet", "/usr/local/julia1.12.1"],
      links: ["/usr/share/swift"],
      files: {
        "/sys/class/block/sda/size": "150000000\n",
        "/sys/class/block/sda/dev": "8:0\n",
        "/sys/class/block/sda1/size": "140000000\n",
        "/sys/class/block/sda1/dev": "8:1\n",
        "/sys/class/block/sda1/partition": "1\n",
        "/sys/class/block/loop0/size": "0\n",
      },
      env: {
        RUNNER_ENVIRONMENT: "github-hosted",
        RUNNER_ARCH: "X64",
        ImageOS: "ubuntu24",
        TMPDIR: "/link/tmp",
        PATH: "/usr/bin:/opt/hostedtoolcache/go/1.25/x64/bin:/usr/local/.ghcup/bin",
      },
      answers: {
        ...DOCKER,
        rsync: "rsync  version 3.2.7",
        "systemctl is-active docker.service": "active",
        "systemctl is-active containerd.service": "active",
        "containerd config dump": 'version = 3\nroot = "/var/lib/containerd"\nstate = "/run/containerd"\n',
        "sudo -n -- du --summarize --one-file-system --block-size=1 --total -- /var/lib/docker /var/lib/containerd":
          "100\t/var/lib/docker\n50\t/var/lib/containerd\n150\ttotal",
      },
    }),
  );
  expect(found).toMatchObject({
    runner: { environment: "github-hosted", image: "ubuntu24" },
    machine: { init: "systemd", rsync: "present" },
    disks: [
      { name: "sda", device: "8:0", kind: "disk", bytes: 76.8e9 },
      { name: "sda1", device: "8:1", kind: "partition" },
    ],
    filesystems: [{ mount: "/" }, { id: "8:17", mount: "/mnt", bytes: { free: 66e9 } }],
    docker: {
      state: "running",
      endpoint: "system",
      store: "classic",
      driver: "overlay2",
      containerdRoot: "/var/lib/containerd",
      storeBytes: 150,
      runningContainers: 2,
      reclaimable: 1.5e9,
      units: ["docker.service", "containerd.service"],
    },
    temporary: { variable: "/link/tmp", path: "/real/tmp" },
    inUse: ["/usr/local/bin/node", "/opt/hostedtoolcache/go/1.25/x64/bin"],
  });
  expect(found.trees).toEqual([
    { row: "swift", path: "/usr/share/swift", kind: "link" },
    { row: "dotnet", path: "/usr/share/dotnet", kind: "directory" },
    { row: "julia", path: "/usr/local/julia1.12.1", kind: "directory" },
  ]);
});

test("the containerd store, an engine's own containerd, and an engine elsewhere", async () => {
  const snapshotter = { ...INFO, DriverStatus: [["driver-type", "io.containerd.snapshotter.v1"]] };
  const own = { ...snapshotter, Containerd: { Address: "/var/run/docker/containerd/containerd.sock" } };
  const answers = { ...DOCKER, "docker info --format {{json .}}": JSON.stringify(own) };
  expect(await probe(system({ answers }))).toMatchObject({ docker: { store: "containerd", containerdRoot: null } });
  const elsewhere = { ...DOCKER, "docker context inspect --format {{.Endpoints.docker.Host}}": "tcp://10.0.0.2:2376" };
  expect(await probe(system({ answers: elsewhere }))).toMatchObject({ docker: { endpoint: "elsewhere" } });
});

test.each([
  [
    "a daemon that is down",
    '{"ServerErrors":["Cannot connect to the Docker daemon"]}',
    "Cannot connect to the Docker daemon",
  ],
  ["another program of this name", '{"host":{"arch":"amd64"},"version":{"Version":"5.4.2"}}', "another program"],
])("%s", async (_, docker, reason) => {
  const found = await probe(system({ answers: { docker } }));
  expect(found).toMatchObject({ docker: { state: "unreachable", detail: expect.stringContaining(reason) } });
});

test.each([
  ["the root directory of a container", "27 1 0:52 / / rw - overlay overlay rw", "container"],
  ["a directory of a disk as root", "27 1 8:1 /var/lib/docker/vfs/dir/x / rw - ext4 /dev/sda1 rw", "container"],
  ["a subvolume as root", "27 1 0:30 /@ / rw - btrfs /dev/sda1 rw", "machine"],
])("%s: %s is a %s", async (_, mounts, kind) => {
  expect((await probe(system({ mounts, files: { "/.dockerenv": "" } }))).machine.kind).toBe(kind);
});

test("the rest of a deletion that was stopped counts as the tree", async () => {
  const directories = ["/usr/local/julia1.12.1.disk-setup-deleted", "/usr/share/swift.disk-setup-deleted"];
  expect((await probe(system({ directories }))).trees).toEqual([
    { row: "swift", path: "/usr/share/swift", kind: "directory" },
    { row: "julia", path: "/usr/local/julia1.12.1", kind: "directory" },
  ]);
});

test("a toolcache whose name could end a line is left alone", async () => {
  const env = { AGENT_TOOLSDIRECTORY: "/opt/x\nTMPDIR=/evil" };
  expect((await probe(system({ env, directories: ["/opt/x\nTMPDIR=/evil/CodeQL"] }))).trees).toEqual([]);
});

test("not on Linux", async () => {
  const nowhere = { ...system({}), read: () => undefined };
  await expect(probe(nowhere)).rejects.toMatchObject({ code: "system-unreadable" });
});

const LOOP = `${ROOT}\n40 27 7:0 / /data rw,noexec - ext4 /dev/loop0 rw`;
const loopFiles = {
  "/sys/class/block/loop0/loop/backing_file": "/images/data.img\n",
  "/sys/class/block/loop0/size": "100\n",
};

test.each([
  ["a sparse file", { size: 1000, allocated: 10 }, "sparse"],
  ["a full file", { size: 1000, allocated: 1024 }, "full"],
  ["a file that is gone", undefined, "sparse"],
])("a loop device stands on %s", async (_, file, allocation) => {
  const given = {
    mounts: LOOP,
    files: loopFiles,
    ...(file === undefined ? {} : { fileSizes: { "/images/data.img": file } }),
  };
  const base = system(given);
  const found = await probe({
    ...base,
    resolve: (path) => (path === "/sys/dev/block/7:0" ? "/sys/devices/virtual/block/loop0" : base.resolve(path)),
  });
  expect(found.filesystems.find(({ id }) => id === "7:0")).toMatchObject({
    standsOn: [{ kind: "file", path: "/images/data.img", filesystem: "8:1", allocation }],
  });
  expect(found.mounts.find(({ path }) => path === "/data")).toMatchObject({ restrictions: ["noexec"] });
});

test("images that were tagged before the machine booted, and that no container uses, came with it", async () => {
  const image = (id: string, tags: readonly string[], tagged: string) =>
    JSON.stringify({ id, tags, size: 1000, tagged });
  const found = await probe(
    system({
      files: { "/proc/stat": "cpu 1 2\nbtime 1767225600\n" },
      answers: {
        ...DOCKER,
        "docker image ls --quiet --no-trunc": "a\nb\nc\nd\ne",
        "docker ps --all --quiet --no-trunc": "container",
        "docker inspect --format {{.Image}} -- container": "b",
        'docker image inspect --format {"id":{{json .Id}},"tags":{{json .RepoTags}},"size":{{json .Size}},"tagged":{{json .Metadata.LastTagTime}}} -- a b c d e':
          [
            image("a", ["node:24"], "2025-12-01T00:00:00Z"),
            image("b", ["used:1"], "2025-12-01T00:00:00Z"),
            image("c", ["pulled:1"], "2026-06-01T00:00:00Z"),
            image("d", ["never:1"], "0001-01-01T00:00:00Z"),
            image("e", [], "2025-12-01T00:00:00Z"),
          ].join("\n"),
        "docker ps --format {{.Names}}": "buildx_buildkit_x0\nother",
      },
    }),
  );
  expect(found.docker).toMatchObject({
    preinstalled: { images: ["node:24"], bytes: 1000 },
    builders: ["buildx_buildkit_x0"],
  });
});

test("the note of a move that was killed", async () => {
  const note = "/var/lib/docker\t/mnt/disk-setup/docker\nunits\tdocker.socket\tdocker.service";
  expect((await probe(system({ files: { "/run/disk-setup/move": note } }))).unfinished).toEqual({
    stores: [{ from: "/var/lib/docker", to: "/mnt/disk-setup/docker" }],
    units: ["docker.socket", "docker.service"],
  });
});
