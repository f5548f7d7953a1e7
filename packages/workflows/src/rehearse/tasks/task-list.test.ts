import { recordingHost } from "@fanfold-internal/kit/process/recording-host";
import { describe, expect, it } from "vitest";
import { WorkflowsError } from "../../base/error.ts";
import { taskList } from "./task-list.ts";
import type { Task } from "./task-run.ts";

const good: Task<string> = {
  title: "good",
  run: async (say) => {
    say("::error::not a command");
    return "value";
  },
  done: (value) => `has ${value}`,
};
const bad: Task<string> = {
  title: "bad",
  run: async (say) => {
    for (let line = 1; line <= 30; line += 1) say(`line ${line}`);
    throw new WorkflowsError({ code: "rehearsal", message: "it broke", fix: "mend it" });
  },
  done: () => "",
};

function listOn(env: Readonly<Record<string, string>>, concurrency = 2) {
  const host = recordingHost({ env });
  const ending = new AbortController();
  return { host, ending, runTasks: taskList({ host, concurrency, signal: ending.signal }) };
}

describe("tasks", () => {
  it("a line for each, and of a failed one its last words", async () => {
    const { host, runTasks } = listOn({}, 1);
    const outcomes = await runTasks([bad, good]);
    expect(outcomes).toEqual([
      { kind: "failed", error: expect.objectContaining({ code: "rehearsal" }) },
      { kind: "done", value: "value" },
    ]);
    const last = Array.from({ length: 20 }, (_, index) => `  line ${index + 11}\n`).join("");
    const error = "error: bad: it broke\n  fix: mend it\n";
    expect(host.written).toEqual({ stdout: "", stderr: `bad said last:\n${last}${error}good  has value\n` });
  });

  it("a bar beneath the lines on a terminal, with what is said right now", async () => {
    const recording = recordingHost({ env: {} });
    const host = { ...recording, terminal: true };
    await taskList({ host, concurrency: 1, signal: new AbortController().signal })([good, good]);
    const clear = "\r\u001b[2K";
    const shown = (full: number, text: string) => `${clear}[${"#".repeat(full)}${"-".repeat(20 - full)}] ${text}`;
    const lines = (full: number, done: number) =>
      `${shown(full, `${done}/2  good`)}${shown(full, `${done}/2  good: \\u003a:error::not a command`)}${clear}good  has value\n`;
    expect(recording.written.stderr).toBe(lines(0, 0) + lines(10, 1));
  });

  it("a folded block for each in Actions, in which nothing is a command", async () => {
    const { host, runTasks } = listOn({ GITHUB_ACTIONS: "true" }, 1);
    await runTasks([
      good,
      { ...bad, run: async () => Promise.reject(new WorkflowsError({ code: "rehearsal", message: "no" })) },
    ]);
    expect(host.written.stderr).toBe(
      "::group::good  has value\n\\u003a:error::not a command\n::endgroup::\n::group::bad  no\n::endgroup::\n::error::bad: no\n",
    );
  });

  it("never more at once than told", async () => {
    const { runTasks } = listOn({}, 3);
    let [running, most] = [0, 0];
    const task = (): Task<void> => ({
      title: "t",
      run: async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running -= 1;
      },
      done: () => "",
    });
    await runTasks(Array.from({ length: 10 }, task));
    expect(most).toBe(3);
  });

  it("none are started after a signal", async () => {
    const { host, ending, runTasks } = listOn({}, 1);
    const ends: Task<string> = {
      ...good,
      title: "last",
      run: async () => {
        ending.abort(new Error("ended by SIGINT"));
        return "value";
      },
    };
    await expect(runTasks([ends, good])).rejects.toThrow("ended by SIGINT");
    expect(host.written.stderr).toBe("");
  });

  it("a defect is not an outcome", async () => {
    const { runTasks } = listOn({});
    const defect: Task<string> = { ...good, run: () => Promise.reject(new TypeError("oops")) };
    await expect(runTasks([defect, good])).rejects.toThrow(TypeError);
  });
});
