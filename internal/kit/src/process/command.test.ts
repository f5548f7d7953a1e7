import { Command } from "commander";
import { expect, test, vi } from "vitest";
import { refused, runCommand, UsageError } from "./command.ts";
import { FanfoldError, isFanfoldError } from "./errors.ts";
import { recordingHost } from "./recording-host.ts";

class ThingError extends FanfoldError<"odd"> {}

async function run(args: readonly string[], action: () => void) {
  const host = recordingHost();
  const program = new Command("thing").option("--flag <x>").action(action);
  const code = await runCommand(program, args, host, "1.2.3");
  return { code, ...host.written };
}

test("done is 0, refused is 1, usage is 2", async () => {
  expect((await run([], () => {})).code).toBe(0);
  expect((await run([], refused)).code).toBe(1);
  expect((await run(["--nope"], () => {})).code).toBe(2);
  expect((await run(["--help"], () => {})).code).toBe(0);
  const usage = () => {
    throw new UsageError("--a and --b exclude each other");
  };
  expect(await run([], usage)).toEqual({ code: 2, stdout: "", stderr: "error: --a and --b exclude each other\n" });
});

test.each([
  [["--flga"], "error: unknown option '--flga' (Did you mean --flag?)"],
  [["rnu"], "error: unknown command 'rnu' (Did you mean run?)"],
  [["r\nnu"], "error: unknown command 'r\\nnu' (Did you mean run?)"],
])("a slip is one line, with what may have been meant: %j", async (args, expected) => {
  const host = recordingHost();
  const program = new Command("thing").option("--flag <x>");
  program.command("run");
  expect(await runCommand(program, args, host, "1.2.3")).toBe(2);
  expect(host.written).toEqual({ stdout: "", stderr: `${expected}\n(--help shows the options)\n` });
});

test("a usage error is an annotation in Actions", async () => {
  const host = recordingHost({ env: { GITHUB_ACTIONS: "true" } });
  const program = new Command("thing").option("--flag <x>");
  expect(await runCommand(program, ["--nope"], host, "1.2.3")).toBe(2);
  expect(host.written.stderr).toBe("::error::unknown option '--nope'\n(--help shows the options)\n");
});

test("a usage error of another package's copy of the class is one too", async () => {
  vi.resetModules();
  const { UsageError: Copy } = await import("./usage-error.ts");
  expect(new Copy("x")).not.toBeInstanceOf(UsageError);
  const usage = () => {
    throw new Copy("not together");
  };
  expect(await run([], usage)).toMatchObject({ code: 2, stderr: "error: not together\n" });
});

test("an error is reported with all its problems, and without a stack", async () => {
  const problems = [
    { code: "odd", severity: "error", message: "first", at: { file: "a.yml", line: 1 } },
    { code: "odd", severity: "error", message: "second", fix: "mend it" },
  ] as const;
  const fail = () => {
    throw new ThingError({ code: "odd", message: "two things", problems });
  };
  expect(await run([], fail)).toEqual({
    code: 1,
    stdout: "",
    stderr: "a.yml:1: error: first\nerror: second\n  fix: mend it\n",
  });
});

test("an error's message is complete by itself, and it is known by its mark across copies of the class", () => {
  const cause = new Error("deeper");
  const error = new ThingError({
    code: "odd",
    message: "wrong",
    at: { file: "a.yml", line: 2, column: 3 },
    fix: "mend it",
    cause,
  });
  expect(error.message).toBe("a.yml:2:3: wrong; mend it");
  expect([error.code, error.cause, isFanfoldError(error), isFanfoldError(cause)]).toEqual(["odd", cause, true, false]);
});

test("a defect is one line with what to do, not a stack trace", async () => {
  const defect = () => {
    throw new TypeError("defect");
  };
  expect(await run([], defect)).toEqual({
    code: 1,
    stdout: "",
    stderr: expect.stringMatching(/^error: unexpected error: defect\n {2}fix: this is a fault in Fanfold/),
  });
});
