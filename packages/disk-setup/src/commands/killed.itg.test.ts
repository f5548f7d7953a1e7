import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { machineTools, TestMachine } from "../testing/test-machine.ts";

const tools = machineTools();
const unavailable = "unavailable" in tools ? tools.unavailable : undefined;

const CLI = "node /package/bin/disk-setup.js";
const PROGRAMS =
  "stat sort wc mkdir chmod setpriv rm rmdir flock docker systemctl mv cp mount umount head timeout cut uniq";

/**
 * Programs that count themselves once they have run, and that end the script after a given number of them: by SIGTERM to
 * the script, as a runner does, or by SIGKILL, which nobody can hinder, to the script, the shell that called, or both.
 */
const SHIMS = `
  mkdir -p /run/shims
  for name in ${PROGRAMS}; do
    printf '#!/bin/bash
      PATH=/usr/local/bin:/usr/bin:/usr/sbin %s "$@"; code=$?
      read -r count </run/count; count=$((count + 1)); echo "$count" >/run/count
      if ((count == $(</run/kill-at))); then
        echo "%s $*" >/run/killed-after
        case $(</run/kill-by) in
          term-script) kill -TERM "$(</run/script.pid)" ;;
          kill-script) kill -KILL "$(</run/script.pid)" ;;
          kill-caller) kill -KILL $PPID ;;
          kill-both) kill -KILL "$(</run/script.pid)" $PPID ;;
        esac
      fi
      exit $code' "$name" "$name" >/run/shims/$name
    chmod +x /run/shims/$name
  done`;

// The shell notes its own number, so that it is the script's. Afterwards all that it started is waited for.
const RUN_SCRIPT = `
  echo 0 >/run/count; : >/run/killed-after
  (echo "$BASHPID" >/run/script.pid; PATH=/run/shims:$PATH exec bash /run/script) </dev/null >/run/said 2>&1
  mkdir -p /run/disk-setup
  flock --timeout 60 /run/disk-setup/lock true`;

const STATE = `
  timeout 20 docker info >/dev/null && docker image ls --quiet app:1 | grep -q . && docker rm -f "$(docker create app:1 /x)" >/dev/null || echo 'Docker does not work'
  if [[ -e /run/disk-setup/move ]]; then echo 'a note is left'; fi
  root=$(stat --format=%d /); second=$(stat --format=%d /mnt)
  stores="$(stat --format=%d /var/lib/docker) $(stat --format=%d /var/lib/containerd)"
  copies=$(cd /mnt/disk-setup 2>/dev/null && echo docker* containerd*)
  if [[ $stores == "$root $root" && $copies == 'docker* containerd*' || -z $copies ]]; then echo before
  elif [[ $stores == "$second $second" ]]; then echo done
  else echo "neither: $stores; $copies"; fi`;

const RESET = `
  systemctl stop docker.socket docker.service containerd.service
  umount /var/lib/docker /var/lib/containerd 2>/dev/null
  rm -rf /mnt/disk-setup
  systemctl start containerd.service docker.service docker.socket`;

/** After how many programs the script is ended; FANFOLD_SWEEP=all: after each. */
const STRIDE = process.env["FANFOLD_SWEEP"] === "all" ? 1 : 7;

describe.each(["term-script", "kill-script", "kill-caller", "kill-both"])(
  "a move that is ended by %s after any of its programs",
  (way) => {
    beforeEach(({ skip }) => {
      if (unavailable !== undefined) skip(`disk-setup on a machine for tests: ${unavailable}`);
    });

    it("leaves everything as it was, or done", { timeout: 1_200_000 }, async () => {
      const machine = await TestMachine.boot({ second: { mount: "/mnt", size: "4G" } });
      onTestFinished(() => machine.halt());
      await machine.must(`
      mkdir -p /tmp/layer && echo x >/tmp/layer/x && tar -C /tmp/layer -c . | docker import - app:1
      systemctl start docker.socket
      ${CLI} script --need 3500MB >/run/script; echo ${way} >/run/kill-by; ${SHIMS}`);
      const seen: string[] = [];
      for (let at = 1; ; at += STRIDE) {
        await machine.must(`echo ${at} >/run/kill-at`);
        await machine.bash(RUN_SCRIPT);
        const after = await machine.must("cat /run/killed-after");
        // The next run takes back what a killed one could not.
        if (way !== "term-script" && (await machine.bash("test -e /run/disk-setup/move")).code === 0) {
          const again = await machine.bash(`${CLI} run --need 3500MB`);
          expect({ after, again }).toMatchObject({ again: { code: 0 } });
        }
        const state = await machine.must(STATE);
        expect({
          at,
          after,
          state,
          said: state === "before" || state === "done" ? "" : await machine.must("cat /run/said"),
        }).toEqual({
          at,
          after,
          state: expect.stringMatching(/^(before|done)$/),
          said: "",
        });
        seen.push(state);
        if (after === "") break;
        if (state === "done") await machine.must(RESET);
      }
      expect(seen[0]).toBe("before");
      expect(seen.at(-1)).toBe("done");
    });
  },
);
