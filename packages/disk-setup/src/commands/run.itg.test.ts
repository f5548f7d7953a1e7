import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type MachineOptions, machineTools, TestMachine } from "../testing/test-machine.ts";

const tools = machineTools();
const unavailable = "unavailable" in tools ? tools.unavailable : undefined;

const CLI = "node /package/bin/disk-setup.js";
const MNT = { mount: "/mnt", size: "6G" };
const CONTAINERD_STORE = '{ "features": { "containerd-snapshotter": true }, "cgroup-parent": "/fanfold_test" }\n';

let machine: TestMachine;
async function boot(options: MachineOptions): Promise<void> {
  machine = await TestMachine.boot(options);
}

/** An image of two layers, the second of which replaces a directory of the first: what a careless copy loses. */
async function loadImages(): Promise<void> {
  await machine.must(`
    mkdir -p /tmp/layer/bin /tmp/layer/d
    cp /usr/local/bin/busybox /tmp/layer/bin/
    echo old >/tmp/layer/d/old
    tar -C /tmp/layer -c . | docker import - app:1
    docker run --network none --name change app:1 /bin/busybox sh -c '/bin/busybox rm -r /d && /bin/busybox mkdir /d && echo new >/d/new'
    docker commit change app:2
    docker rm change`);
}

const images = (): Promise<string> =>
  machine.must("docker image ls --all --no-trunc --format '{{.ID}} {{.Repository}}:{{.Tag}}' | sort");
const runImage = (): Promise<string> => machine.must("docker run --rm --network none app:2 /bin/busybox ls /d");
const deviceOf = (path: string): Promise<string> => machine.must(`stat --format=%d ${path}`);
const unitCalls = async (): Promise<string[]> =>
  (await machine.must("cat /run/systemctl.log")).split("\n").filter((call) => !call.startsWith("is-active"));

async function outputs(): Promise<Record<string, string>> {
  const text = await machine.must("cat /home/runner/output");
  return Object.fromEntries([...text.matchAll(/^(.+)<<(.+)\n(.*)\n\2$/gm)].map((match) => [match[1], match[3]]));
}

/** All of it is as before: the daemon up with its images, nothing mounted, no copy left, the step red. */
async function expectUndone(before: string): Promise<void> {
  expect(await images()).toBe(before);
  expect(await runImage()).toBe("new");
  expect(await deviceOf("/var/lib/docker")).toBe(await deviceOf("/"));
  expect(await deviceOf("/var/lib/containerd")).toBe(await deviceOf("/"));
  expect(await machine.must("ls /mnt/disk-setup 2>/dev/null || true")).toBe("");
}

describe("disk-setup run on a real machine", () => {
  beforeEach(({ skip }) => {
    if (unavailable !== undefined) skip(`disk-setup on a machine for tests: ${unavailable}`);
  });
  afterEach(() => machine?.halt());

  describe.each([
    { store: "classic overlay2 store", daemonJson: undefined, driver: "overlay2", layer: "docker" },
    { store: "containerd store", daemonJson: CONTAINERD_STORE, driver: "overlayfs", layer: "containerd" },
  ])("$store", ({ daemonJson, driver, layer }) => {
    it("moves both stores, proves it, and changes nothing the second time", async () => {
      await boot({ second: MNT, ...(daemonJson === undefined ? {} : { daemonJson }) });
      await loadImages();
      const before = await images();
      const script = await machine.must(`${CLI} script --need 4GB`);
      const first = await machine.bash(`${CLI} run --need 4GB --json`);
      expect(first).toMatchObject({ code: 0 });
      expect(JSON.parse(first.stdout)).toMatchObject({
        plan: { outcome: "met", actions: [{ kind: "relocate", target: "/mnt" }, { kind: "tmpdir" }] },
        code: 0,
        outputs: { acted: "true", "need-met": "true", tmpdir: "/mnt/disk-setup/tmp", actions: '["relocate","tmpdir"]' },
      });

      expect(await images()).toBe(before);
      expect(await runImage()).toBe("new");
      expect(await deviceOf("/var/lib/docker /var/lib/containerd")).toBe(
        `${await deviceOf("/mnt")}\n${await deviceOf("/mnt")}`,
      );
      const found = await machine.must(`find /mnt/disk-setup/${layer} -name busybox -size +100k | head -1`);
      expect(await deviceOf(found)).toBe(await deviceOf("/mnt"));
      expect(await machine.must("docker info --format '{{.Driver}} {{.DockerRootDir}}'")).toBe(
        `${driver} /var/lib/docker`,
      );
      expect(await machine.must("docker ps --all --quiet; docker image ls --quiet disk-setup-proof")).toBe("");
      const calls = await unitCalls();
      expect(calls.slice(1)).toEqual([
        "stop docker.socket",
        "stop docker.service",
        "stop containerd.service",
        "start containerd.service",
        "start docker.service",
        "start docker.socket",
      ]);
      expect(await machine.must("cat /home/runner/env")).toBe("");
      expect((await machine.asRunner("mktemp --tmpdir=/mnt/disk-setup/tmp")).code).toBe(0);
      expect(await outputs()).toMatchObject({ "docker-root": "/var/lib/docker", "need-met": "true" });
      expect(await machine.must("cat /home/runner/summary")).toMatch(/\| `\/mnt` \| 6\.\d GB \| 6\.\d GB \|/);

      const pid = await machine.must("cat /run/unit-docker.service.pid");
      const again = await machine.bash(`${CLI} run --need 4GB`, { TMPDIR: "/mnt/disk-setup/tmp" });
      expect(again).toMatchObject({ code: 0 });
      expect(again.stderr).toContain("the stores are on /mnt already");
      await machine.write("/tmp/script", script);
      const stale = await machine.bash("bash </tmp/script");
      expect(stale).toMatchObject({ code: 0 });
      expect(stale.stderr).toContain("nothing is copied, nothing restarted");
      expect(await machine.must("cat /run/unit-docker.service.pid")).toBe(pid);
      expect(await unitCalls()).toEqual(calls);
      expect(await machine.must("cat /home/runner/env")).toBe("");
    });

    it("is undone when the copy fails midway: the disk is full by then", async () => {
      await boot({ second: MNT, ...(daemonJson === undefined ? {} : { daemonJson }) });
      await loadImages();
      const before = await images();
      await machine.must(`${CLI} script --need 4GB >/tmp/script`);
      await machine.must("fallocate --length $(($(stat --file-system --format='%a * %S' /mnt) - 1200000)) /mnt/full");
      const ran = await machine.bash("bash /tmp/script");
      expect(ran).toMatchObject({ code: 1 });
      expect(ran.stderr).toContain("No space left on device");
      expect(ran.stderr).toMatch(/error: copying \/var\/lib\/\w+ failed with exit code \d+; .* what is free on \/mnt/);
      expect(ran.stderr).toContain("undone: Docker is up again on its old stores");
      await expectUndone(before);
      expect(await machine.must("cat /home/runner/env")).toBe("");
    });

    it("is undone when the daemon does not come back", async () => {
      await boot({ second: MNT, ...(daemonJson === undefined ? {} : { daemonJson }) });
      await loadImages();
      const before = await images();
      await machine.must("touch /etc/broken-docker.service");
      const ran = await machine.bash(`${CLI} run --need 4GB`);
      expect(ran).toMatchObject({ code: 1 });
      expect(ran.stderr).toContain("undone: Docker is up again on its old stores");
      expect(ran.stderr).toContain("error: starting docker.service failed with exit code 1; its own words stand above");
      await expectUndone(before);
      expect(await machine.must("cat /home/runner/env")).toBe("");
      expect(await outputs()).toMatchObject({ acted: "false", "need-met": "false", tmpdir: "/tmp" });
    });
  });

  it("does all of it for an ordinary user with sudo, on a disk with a space in its path", async () => {
    await boot({ second: { mount: "/mnt/big disk", size: "6G" } });
    await loadImages();
    const ran = await machine.asRunner(`${CLI} run --need 4GB`);
    expect(ran).toMatchObject({ code: 0 });
    expect(await runImage()).toBe("new");
    expect(await deviceOf("/var/lib/docker")).toBe(await deviceOf("'/mnt/big disk'"));
    expect(await outputs()).toMatchObject({ tmpdir: "/mnt/big disk/disk-setup/tmp" });
    expect((await machine.asRunner("mktemp --tmpdir='/mnt/big disk/disk-setup/tmp'")).code).toBe(0);
  });

  it("does nothing where /mnt is on the device of /, and says so", async () => {
    await boot({});
    await loadImages();
    const calls = await unitCalls();
    const ran = await machine.bash(`${CLI} run --need 4GB`);
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.stderr).toContain(
      "relocate: there is no second device to move to: the stores are on /; /mnt is a directory on the device of /",
    );
    expect(await unitCalls()).toEqual(calls);
    expect(await outputs()).toMatchObject({ acted: "false", "need-met": "false", tmpdir: "/tmp" });
    expect((await machine.asRunner("mktemp")).code).toBe(0);
  });

  it("leaves the stores where they are when the other disk is full, or smaller than they are", async () => {
    await boot({ second: { mount: "/mnt", size: "200M" } });
    await machine.must(
      "mkdir /tmp/layer && head --bytes=220000000 /dev/urandom >/tmp/layer/big && tar -C /tmp/layer -c . | docker import - big:1 && rm -r /tmp/layer",
    );
    const reasonNow = async (): Promise<unknown> => {
      const plan = JSON.parse(await machine.must(`${CLI} plan --need 4GB --json`));
      return plan.leftOut.find(({ action }: { action: string }) => action === "relocate").reason;
    };
    expect(await reasonNow()).toBe("no-more-room");
    await machine.must("fallocate --length $(($(stat --file-system --format='%a * %S' /) - 50000000)) /filler");
    expect(await reasonNow()).toBe("store-too-big");
    await machine.must("fallocate --length $(($(stat --file-system --format='%a * %S' /mnt) - 40960)) /mnt/full");
    expect(await reasonNow()).toBe("no-more-room");
    const calls = await unitCalls();
    expect(await machine.bash(`${CLI} run --need 4GB`)).toMatchObject({ code: 0 });
    expect(await unitCalls()).toEqual(calls);
  });

  it("does not restart an engine whose containers run", async () => {
    await boot({ second: MNT });
    await loadImages();
    await machine.must("docker run --detach --network none app:2 /bin/busybox sleep 600");
    const ran = await machine.bash(`${CLI} run --need 4GB`);
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.stderr).toContain("1 containers are running");
    expect((await machine.must("docker ps --quiet")).length).toBeGreaterThan(0);
    expect(await outputs()).toMatchObject({ actions: '["tmpdir"]' });
  });

  it("takes TMPDIR off memory, and opens a directory that root had closed", async () => {
    await boot({ docker: "stopped" });
    await machine.must(
      "mount -t tmpfs tmpfs /tmp; mkdir -p /var/lib/disk-setup/tmp; chmod 0755 /var/lib/disk-setup/tmp",
    );
    const ran = await machine.asRunner(`${CLI} run`);
    expect(ran).toMatchObject({ code: 0 });
    expect(await outputs()).toMatchObject({ tmpdir: "/var/lib/disk-setup/tmp" });
    expect(await machine.must("stat --format=%a /var/lib/disk-setup/tmp")).toBe("1777");
    expect((await machine.asRunner("mktemp --tmpdir=/var/lib/disk-setup/tmp")).code).toBe(0);
  });

  it("fails, and promises no TMPDIR, where a user cannot reach it", async () => {
    await boot({ docker: "stopped" });
    await machine.must("mount -t tmpfs tmpfs /tmp; mkdir -m 0700 /var/lib/disk-setup");
    const ran = await machine.asRunner(`${CLI} run`);
    expect(ran).toMatchObject({ code: 1 });
    expect(ran.stderr).toContain("let everyone pass");
    expect(await machine.must("cat /home/runner/env")).toBe("");
    expect(await outputs()).toMatchObject({ acted: "false", tmpdir: "/tmp" });
  });

  it("changes nothing where TMPDIR cannot be made, not even the stores", async () => {
    await boot({ second: MNT });
    await machine.must("mkdir -m 0700 /mnt/disk-setup");
    const calls = await unitCalls();
    for (const _ of ["the first time", "the second"]) {
      const ran = await machine.asRunner(`${CLI} run --need 4GB`);
      expect(ran).toMatchObject({ code: 1 });
      expect(ran.stderr).toContain("let everyone pass (mode 0755); nothing was changed");
    }
    expect(await unitCalls()).toEqual(calls);
    expect(await deviceOf("/var/lib/docker")).toBe(await deviceOf("/"));
    expect(await machine.must("ls /mnt/disk-setup; cat /home/runner/env")).toBe("");
  });

  it("leaves the stores where it has moved them, however full it is there by then", async () => {
    await boot({ second: MNT });
    await loadImages();
    expect(await machine.bash(`${CLI} run --need 4GB`)).toMatchObject({ code: 0 });
    const calls = await unitCalls();
    await machine.must("fallocate --length $(($(stat --file-system --format='%a * %S' /mnt) - 50000000)) /mnt/full");
    for (const need of ["1GB", "2GB"]) {
      const ran = await machine.bash(`${CLI} run --need ${need}`, { TMPDIR: "/mnt/disk-setup/tmp" });
      expect(ran).toMatchObject({ code: 0 });
      expect(ran.stderr).toContain("the stores are on /mnt already, where an earlier run moved them");
    }
    expect(await unitCalls()).toEqual(calls);
    expect(await runImage()).toBe("new");
  });

  it("deletes on a disk without a free byte, and needs no directory for temporary files", async () => {
    await boot({ docker: "stopped" });
    await machine.must(`
      mkdir -p /usr/local/lib/android
      fallocate --length 500M /usr/local/lib/android/big
      fallocate --length $(($(stat --file-system --format='%a * %S' /) - 20000000)) /filler
      dd if=/dev/zero of=/filler.rest bs=1k 2>/dev/null || true`);
    const ran = await machine.bash(`${CLI} run --need 400MB`, { TMPDIR: "/nowhere" });
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.stderr).toMatch(/deleted \/usr\/local\/lib\/android$/m);
    expect(await outputs()).toMatchObject({ actions: '["delete:android"]', "need-met": "true" });
  });

  it("stops with an error, before anything is done, where the outputs cannot be written", async () => {
    await boot({ second: MNT });
    const calls = await unitCalls();
    for (const name of ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"]) {
      const ran = await machine.bash(`${CLI} run --need 4GB`, { [name]: "/nope/x" });
      expect(ran).toMatchObject({ code: 1 });
      expect(ran.stderr).toMatch(/error: expected .*\/nope\/x.*nothing was changed/s);
      expect(ran.stderr).not.toContain("    at ");
    }
    expect(await unitCalls()).toEqual(calls);
  });

  it("says what failed, in Actions as an annotation, and how its lines belong together", async () => {
    await boot({ second: MNT });
    await machine.must("touch /etc/broken-docker.service");
    const ran = await machine.bash(`${CLI} run --need 4GB`, { GITHUB_ACTIONS: "true" });
    expect(ran).toMatchObject({ code: 1 });
    expect(ran.stderr).toMatch(/^::error::starting docker\.service failed .* systemctl status docker/m);
    expect(ran.stderr.match(/^::(end)?group::.*$/gm)).toEqual([
      "::group::Plan",
      "::endgroup::",
      "::group::Carry out the plan",
      "::endgroup::",
    ]);
    expect(ran.stderr).toMatch(/^disk-setup: copying \/var\/lib\/docker to \/mnt\/disk-setup\/docker$/m);
  });

  it("says that it needs sudo, where there is none", async () => {
    await boot({ docker: "stopped" });
    await machine.must("mkdir -p /usr/local/lib/android; rm /usr/local/bin/sudo");
    const ran = await machine.asRunner(`${CLI} run --need 500GB`, { GITHUB_ACTIONS: "true" });
    expect(ran).toMatchObject({ code: 1 });
    expect(ran.stderr).toMatch(/^::error::expected root, or a user who may become root/m);
    await machine.must("test -d /usr/local/lib/android");
  });

  it("is undone when it is stopped, and leaves no file behind", async () => {
    await boot({ second: MNT });
    await loadImages();
    const before = await images();
    // The copy takes a while: it is stopped in it.
    await machine.must("fallocate --length 700M /var/lib/docker/large; ls /tmp >/run/before");
    const ran = await machine.bash(
      `${CLI} script --need 4GB >/run/script; bash /run/script & pid=$!
      until [[ -e /mnt/disk-setup/docker ]]; do sleep 0.01; done
      kill -TERM $pid; wait $pid`,
    );
    expect(ran).toMatchObject({ code: 1 });
    expect(ran.stderr).toMatch(/error: stopped by a signal while moving the stores/);
    expect(ran.stderr).toContain("undone: Docker is up again on its old stores");
    await expectUndone(before);
    expect(await machine.must("ls /tmp | diff - /run/before")).toBe("");
  });

  it("undoes a move when the command itself is stopped", async () => {
    await boot({ second: MNT });
    await loadImages();
    const before = await images();
    await machine.must("fallocate --length 700M /var/lib/docker/large; ls /tmp >/run/before");
    await machine.bash(
      `${CLI} run --need 4GB 2>/run/said & pid=$!
      until [[ -e /mnt/disk-setup/docker ]]; do sleep 0.01; done
      kill -TERM $pid; wait $pid
      for ((tries = 0; tries < 300; tries++)); do
        if grep --quiet '^disk-setup: failed' /run/said; then break; fi
        sleep 0.1
      done`,
    );
    expect(await machine.must("cat /run/said")).toContain("undone: Docker is up again on its old stores");
    await expectUndone(before);
    expect(await machine.must("ls /tmp | diff - /run/before")).toBe("");
  });

  describe("deletion", () => {
    it("never follows a link or a mount, not even one of the same device", async () => {
      await boot({ docker: "stopped" });
      await machine.must(`
        mkdir -p /srv/precious /usr/local/lib/android/sdk/ndk /usr/local/share/powershell /usr/local/.ghcup
        echo data >/srv/precious/file
        ln -s /srv/precious /usr/local/share/chromium
        ln -s /srv/precious /usr/local/.ghcup/link
        mount --bind /srv/precious /usr/local/lib/android/sdk/ndk
        fallocate --length 100M /usr/local/share/powershell/big`);
      const ran = await machine.asRunner(`${CLI} run --need 500GB`);
      expect(ran).toMatchObject({ code: 0 });
      expect(ran.stderr).toContain(
        "delete:android: /usr/local/lib/android/sdk/ndk is a mount point, and mounts are never entered",
      );
      expect(ran.stderr).toContain("/usr/local/share/chromium is a symbolic link");
      expect(await machine.must("cat /srv/precious/file /usr/local/lib/android/sdk/ndk/file")).toBe("data\ndata");
      expect(await machine.must("ls -A /usr/local /usr/local/share")).not.toMatch(/powershell|ghcup|disk-setup/);
      expect(await outputs()).toMatchObject({ actions: '["delete:haskell","delete:powershell"]', "need-met": "false" });
    });

    it.each([
      ["ends in a slash", "/opt/hostedtoolcache", "/opt/hostedtoolcache/"],
      ["is a link", "/srv/tc", "/opt/hostedtoolcache"],
    ])("spares mounts and what PATH needs in a toolcache whose path %s", async (_, real, named) => {
      await boot({ docker: "stopped" });
      await machine.must(`
        mkdir -p ${real}/go/1.22/x64/bin ${real}/Ruby/sub ${real}/PyPy /srv/precious
        [[ -e /opt/hostedtoolcache ]] || ln -s ${real} /opt/hostedtoolcache
        echo data >/srv/precious/file
        mount --bind /srv/precious ${real}/Ruby/sub`);
      const path = `/opt/hostedtoolcache/go/1.22/x64/bin:/usr/local/bin:/usr/bin:/usr/sbin`;
      const ran = await machine.asRunner(`${CLI} run --need 500GB`, { AGENT_TOOLSDIRECTORY: named, PATH: path });
      expect(ran).toMatchObject({ code: 0 });
      expect(ran.stderr).toContain(`delete:toolcache: ${real}/Ruby/sub is a mount point`);
      expect(ran.stderr).toContain(`${real}/go/1.22/x64/bin is in use by this job`);
      expect(await machine.must(`cat /srv/precious/file; ls ${real}`)).toBe("data\nRuby\ngo");
    });

    it("skips a tree whose path leads through a link since the plan was made", async () => {
      await boot({ docker: "stopped" });
      await machine.must(`
        mkdir -p /opt/hostedtoolcache/Ruby/sub /srv/precious
        echo data >/srv/precious/file
        ${CLI} script --need 500GB >/tmp/script
        mv /opt/hostedtoolcache /srv/tc
        ln -s /srv/tc /opt/hostedtoolcache
        mount --bind /srv/precious /srv/tc/Ruby/sub`);
      const ran = await machine.bash("bash /tmp/script");
      expect(ran).toMatchObject({ code: 0 });
      expect(ran.stderr).toContain(
        "/opt/hostedtoolcache/Ruby is left alone: something is mounted in it, or there is a link in its path",
      );
      expect(await machine.must("cat /srv/precious/file")).toBe("data");
    });

    it("lists what was done and what not, each once and with nothing taken for markup", async () => {
      await boot({ docker: "stopped" });
      await machine.must(`
        mkdir -p /usr/share/swift /usr/local/.ghcup '/usr/local/julia*1_<b>' /usr/local/share/powershell
        fallocate --length 300M /usr/share/swift/big
        fallocate --length 300M '/usr/local/julia*1_<b>/big'
        fallocate --length 2000M /filler`);
      const free = Number(await machine.must("echo $(($(stat --file-system --format='%a * %S' /)))"));
      expect(await machine.bash(`${CLI} run --need ${free + 500_000_000}`)).toMatchObject({ code: 0 });
      const summary = await machine.must("cat /home/runner/summary");
      expect(summary).toContain("- done: deleted /usr/local/julia&#42;1&#95;&#60;b&#62;\n");
      expect(summary).toContain("- done: deleted /usr/share/swift\n");
      const rows = [...summary.matchAll(/delete:(\w+)/g)].map(([, row]) => row);
      expect(new Set(rows).size).toBe(rows.length);
      expect(rows).not.toContain("swift");
      expect(rows).not.toContain("julia");
    });

    it("deletes for want of inodes too, however many bytes are free", async () => {
      await boot({ docker: "stopped" });
      await machine.must(`
        mkdir -p /usr/local/lib/android/{1..52} /usr/local/share/vcpkg
        for ((d = 1; d <= 52; d++)); do touch /usr/local/lib/android/$d/{1..1000}; done`);
      const ran = await machine.bash(`${CLI} run --need 100MB`);
      expect(ran).toMatchObject({ code: 0 });
      expect(ran.stderr).toMatch(/: \d\.\d GB free but hardly an inode, 100.0 MB needed/);
      expect(await outputs()).toMatchObject({ actions: '["delete:android"]', "need-met": "true" });
      await machine.must("test -d /usr/local/share/vcpkg");
    });

    it("skips a mount that appeared after the plan was made", async () => {
      await boot({ docker: "stopped" });
      await machine.must(`
        mkdir -p /srv/precious /usr/local/lib/android/sdk
        echo data >/srv/precious/file
        ${CLI} script --need 500GB >/tmp/script
        mount --bind /srv/precious /usr/local/lib/android/sdk`);
      const ran = await machine.bash("bash /tmp/script");
      expect(ran).toMatchObject({ code: 0 });
      expect(ran.stderr).toContain("/usr/local/lib/android is left alone");
      expect(await machine.must("cat /srv/precious/file")).toBe("data");
    });

    it("renames trees away at once and deletes them behind the command; wait waits for it", async () => {
      await boot({ docker: "stopped" });
      await machine.must(`
        mkdir -p /usr/local/lib/android
        for ((d = 0; d < 45; d++)); do mkdir /usr/local/lib/android/$d; touch /usr/local/lib/android/$d/{1..1000}; done
        fallocate --length 1500M /usr/local/lib/android/0/big`);
      const free = Number(await machine.must("echo $(($(stat --file-system --format='%a * %S' /)))"));
      const need = free + 1_400_000_000;
      const ran = await machine.asRunner(`${CLI} run --need ${need} --background`);
      expect(ran).toMatchObject({ code: 0 });
      expect(await machine.must("ls -A /usr/local/lib")).not.toMatch(/android$/m);
      expect(await outputs()).toMatchObject({ actions: '["delete:android"]' });
      expect((await outputs())["need-met"]).toMatch(/^(pending|true)$/);
      const waited = await machine.asRunner(`${CLI} wait --need ${need}`);
      expect(waited).toMatchObject({ code: 0 });
      expect(await outputs()).toMatchObject({ "need-met": "true" });
      const never = await machine.asRunner(`${CLI} wait --need 500GB`);
      expect(never).toMatchObject({ code: 0 });
      expect(never.stderr).toMatch(/warning: .* 500\.0 GB needed, and nothing is being deleted/);
    });

    it("leaves no process behind when it is stopped", async () => {
      await boot({ docker: "stopped" });
      await machine.must(`
        mkdir -p /usr/local/lib/android
        for ((d = 0; d < 50; d++)); do mkdir /usr/local/lib/android/$d; touch /usr/local/lib/android/$d/{1..1000}; done`);
      await machine.asRunner(
        `${CLI} run --need 500GB 2>/home/runner/said & pid=$!
        until [[ -e /usr/local/lib/android.disk-setup-deleted ]]; do sleep 0.01; done
        kill -TERM $pid; wait $pid`,
      );
      expect(await machine.must("cat /home/runner/said")).toContain("error: stopped by a signal while deleting");
      expect(await machine.must("cat /proc/[0-9]*/comm | grep --count --line-regexp 'rm' || true")).toBe("0");
    });

    it("never deletes through a mount, whatever its name is", async () => {
      await boot({ docker: "stopped" });
      await machine.must(`
        mkdir -p /srv/precious && echo data >/srv/precious/file
        for name in 'a 5' 'tab\t7' 'line\n9' 'back\\slash' 'hash#1' '\\0405'; do
          printf -v name '%b' "$name"
          mkdir -p "/usr/local/lib/android/$name/sub" "/usr/local/.ghcup"
          mount --bind /srv/precious "/usr/local/lib/android/$name/sub"
        done`);
      await machine.must(`${CLI} script --need 500GB >/tmp/script || true`);
      expect(await machine.asRunner(`${CLI} run --need 500GB`)).toMatchObject({ code: 0 });
      expect(await machine.must("cat /srv/precious/file; ls -d /usr/local/lib/android")).toBe(
        "data\n/usr/local/lib/android",
      );
    });

    it("stops as soon as the need is free; what a stopped one left behind goes the next time", async () => {
      await boot({ docker: "stopped" });
      await machine.must(`
        mkdir -p /usr/local/lib/android/{a,b} /usr/local/.ghcup
        fallocate --length 900M /usr/local/lib/android/a/big
        for ((d = 0; d < 50; d++)); do mkdir /usr/local/lib/android/b/$d; touch /usr/local/lib/android/b/$d/{1..900}; done
        fallocate --length 100M /usr/local/.ghcup/big
        fallocate --length 1700M /filler`);
      const free = Number(await machine.must("echo $(($(stat --file-system --format='%a * %S' /)))"));
      const need = free + 500_000_000;
      const ran = await machine.bash(`${CLI} run --need ${need} --keep haskell`);
      expect(ran).toMatchObject({ code: 0 });
      expect(await outputs()).toMatchObject({ actions: '["delete:android"]', "need-met": "true" });
      expect(await machine.must("ls -A /usr/local /usr/local/lib")).not.toContain("android\n");
      await machine.must("test -e /usr/local/.ghcup/big");
      expect(await machine.bash(`${CLI} run --need 500GB`)).toMatchObject({ code: 0 });
      expect(await machine.must("ls -A /usr/local/lib; ls -A /usr/local")).not.toMatch(/android|ghcup/);
    });
  });
});
