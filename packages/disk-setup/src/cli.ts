import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { refused, runCommand, UsageError } from "@fanfold-internal/kit/process/command";
import { type Host, inActions, processHost } from "@fanfold-internal/kit/process/host";
import { Command } from "commander";
import own from "../package.json" with { type: "json" };
import { parseBytes } from "./base/bytes.ts";
import { DiskSetupError } from "./base/error.ts";
import { planNoOp } from "./commands/no-op.ts";
import { carryOut } from "./commands/run.ts";
import { describePlan } from "./plan/describe.ts";
import { makePlan } from "./plan/plan.ts";
import type { Plan, PlanOptions } from "./plan/plan-data.ts";
import { decideOwner } from "./plan/scope.ts";
import { checkKeep } from "./probe/catalogue.ts";
import { probe } from "./probe/probe.ts";
import type { Probe } from "./probe/probe-data.ts";
import { type System, thisSystem } from "./probe/system.ts";
import { renderScript } from "./script/script.ts";

/** The command line; the value is the exit code. */
export function main(
  args: readonly string[] = process.argv.slice(2),
  host: Host = processHost(),
  system: System = thisSystem(),
): Promise<number> {
  return runCommand(build(host, system), args, host, own.version);
}

interface PlanFlags {
  readonly need?: string;
  readonly keep?: string;
  readonly anyArch?: true;
  readonly probe?: string;
  readonly json?: true;
}

function build(host: Host, system: System): Command {
  const program = new Command("disk-setup")
    .description("Gets a hosted runner the disk space a build of images needs, or says why not")
    .addHelpText("after", "\nExit codes: 0 done, or nothing to do; 1 failed, and undone; 2 wrong flags");

  program
    .command("probe")
    .description("print what this machine is, as JSON; changes nothing")
    .option("--json", "JSON, as without it")
    .action(async () => host.stdout(json(await probe(system))));

  planning(program.command("plan").description("print what would be done, and what not and why; changes nothing"))
    .option("--probe <file>", "the machine, as probe has printed it (- for standard input); default: this one")
    .option("--json", "the plan as JSON")
    .action(async (flags: PlanFlags) => {
      const plan = await planFor(flags, host, system);
      host.stdout(flags.json ? json(plan) : describePlan(plan));
    });

  planning(program.command("script").description("print the plan as a bash script"))
    .option("--probe <file>", "the machine, as probe has printed it (- for standard input); default: this one")
    .action(async (flags: PlanFlags) => host.stdout(renderScript(await planFor(flags, host, system))));

  planning(program.command("run").description("probe, plan, and carry the plan out"))
    .option("--json", "the plan and what came of it as JSON")
    .action(async (flags: PlanFlags) => {
      const options = optionsOf(flags);
      const owner = decideOwner(system.env["RUNNER_ENVIRONMENT"] || null);
      // A machine that is not to be touched is not looked at either, and need not be Linux.
      const plan = owner.kind === "no-op" ? planNoOp(system, options, owner) : makePlan(await probe(system), options);
      const text = describePlan(plan);
      host.stderr(inActions(host) && owner.kind === "act" ? `::group::Plan\n${text}::endgroup::\n` : text);
      const result = await carryOut(plan, host.env);
      if (flags.json) host.stdout(json({ plan, ...result }));
      if (result.code !== 0) refused();
    });
  return program;
}

function planning(command: Command): Command {
  return command
    .option("--need <size>", "what must be free where images are built: 60GB, 60GiB; without it nothing is deleted")
    .option("--keep <names>", "what the job uses, with commas between: dotnet,android,images")
    .option("--any-arch", "act on other runners than X64 too");
}

async function planFor(flags: PlanFlags, host: Host, system: System): Promise<Plan> {
  const options = optionsOf(flags);
  return makePlan(flags.probe === undefined ? await probe(system) : await readProbe(flags.probe, host), options);
}

function optionsOf({ need, keep, anyArch }: PlanFlags): PlanOptions {
  try {
    return {
      need: need === undefined ? null : parseBytes(need),
      keep: checkKeep(
        (keep ?? "")
          .split(",")
          .map((name) => name.trim())
          .filter((name) => name !== ""),
      ),
      architectures: anyArch ? "any" : "x64",
    };
  } catch (error) {
    if (error instanceof DiskSetupError) throw new UsageError(error.message);
    throw error;
  }
}

async function readProbe(file: string, host: Host): Promise<Probe> {
  const { parseProbe } = await import("./probe/probe-file.ts");
  if (file === "-") return parseProbe(host.stdin(), "standard input");
  let text: string;
  try {
    text = readFileSync(resolve(host.cwd, file), "utf8");
  } catch (error) {
    throw new DiskSetupError({
      code: "probe-invalid",
      message: `expected a probe, but the file cannot be read: ${error instanceof Error ? error.message : "unknown reason"}`,
      at: { file },
      fix: "make it: disk-setup probe > probe.json",
      cause: error,
    });
  }
  return parseProbe(text, file);
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
