import { resolve } from "node:path";
import { refused, runCommand, UsageError } from "@fanfold-internal/kit/process/command";
import { type Host, inActions, processHost } from "@fanfold-internal/kit/process/host";
import { readText } from "@fanfold-internal/kit/read/text";
import { jsonText } from "@fanfold-internal/kit/text/json-text";
import { Command } from "commander";
import own from "../package.json" with { type: "json" };
import { parseBytes } from "./base/bytes.ts";
import { DiskSetupError } from "./base/error.ts";
import { planNoOp } from "./commands/no-op.ts";
import { outputsOf } from "./commands/outcome.ts";
import { carryOut } from "./commands/run.ts";
import { placesHere, waitForNeed } from "./commands/wait.ts";
import { describePlan } from "./plan/describe.ts";
import { makePlan } from "./plan/plan.ts";
import type { Plan, PlanOptions } from "./plan/plan-data.ts";
import { decideOwner } from "./plan/scope.ts";
import { checkAlso, checkKeep } from "./probe/catalogue.ts";
import { probe } from "./probe/probe.ts";
import type { Probe } from "./probe/probe-data.ts";
import { type System, thisSystem } from "./probe/system.ts";
import { renderScript } from "./script/script.ts";

/** Runs the command line; the value is the exit code. */
export function main(
  args: readonly string[] = process.argv.slice(2),
  host: Host = processHost(),
  system: System = thisSystem(host.debug),
): Promise<number> {
  return runCommand(program(host, system), args, host, own.version, () => import("./notes.ts"));
}

interface PlanFlags {
  readonly need?: string;
  readonly at?: readonly string[];
  readonly keep?: string;
  readonly also?: string;
  readonly background?: true;
  readonly anyArch?: true;
  readonly probe?: string;
  readonly json?: true;
}

/** Its commands, as its bin and its action run them. */
export function program(host: Host, system: System = thisSystem(host.debug)): Command {
  const made = new Command("disk-setup").description(
    "Free the disk space that a build of container images needs on a GitHub-hosted runner.",
  );

  made
    .command("probe")
    .description("Print a description of this machine as JSON; changes nothing.")
    .optionsGroup("Output:")
    .option("--json", "JSON (the default)")
    .action(async () => host.stdout(jsonText(await probe(system))));

  planning(made.command("plan").description("Print what would be done, and what not and why; changes nothing."))
    .optionsGroup("The machine:")
    .option("--probe <file>", "plan for the machine that this output of probe describes (-: standard input)")
    .optionsGroup("Output:")
    .option("--json", "print the plan as JSON")
    .action(async (flags: PlanFlags) => {
      const plan = await planFor(flags, host, system);
      host.stdout(flags.json ? jsonText(plan) : describePlan(plan));
    });

  planning(made.command("script").description("Print the plan as a bash script."))
    .optionsGroup("The machine:")
    .option("--probe <file>", "plan for the machine that this output of probe describes (-: standard input)")
    .action(async (flags: PlanFlags) => host.stdout(renderScript(await planFor(flags, host, system))));

  planning(made.command("run").description("Probe, plan, and carry the plan out."))
    .optionsGroup("Output:")
    .option("--json", "print the plan and its outcome as JSON")
    .action(async (flags: PlanFlags) => {
      let plan = await showPlan(flags, host, system);
      let outcome = await carryOut(plan, { host, system });
      // What a killed run left behind is undone by now; this is the plan that was asked for.
      if (outcome.code === 0 && plan.actions[0]?.kind === "undo-move") {
        plan = await showPlan(flags, host, system);
        outcome = await carryOut(plan, { host, system });
      }
      if (flags.json)
        host.stdout(jsonText({ plan, code: outcome.code, outputs: Object.fromEntries(outputsOf(outcome)) }));
      if (outcome.code !== 0) refused();
    });

  made
    .command("wait")
    .description("Wait until so much is free, or until nothing is deleted in the background any more.")
    .optionsGroup("Space:")
    .requiredOption("--need <size>", "what must be free: 60GB, 60GiB")
    .option(
      "--at <directory>",
      "where it must be free too, besides where images are built; may be repeated",
      collect,
      [],
    )
    .action(async (flags: PlanFlags) => {
      const options = optionsOf(flags, system);
      const owner = decideOwner(system.env["RUNNER_ENVIRONMENT"] || null, system.platform);
      const counted =
        owner.kind === "no-op"
          ? planNoOp(system, options, owner).counted.before
          : await placesHere(system, options.at ?? []);
      await waitForNeed(options.need ?? 0, counted, host, system);
    });
  return made;
}

function planning(command: Command): Command {
  return command
    .optionsGroup("Space:")
    .option("--need <size>", "what must be free where images are built: 60GB, 60GiB; without it nothing is deleted")
    .option("--at <directory>", "where it must be free too, such as the workspace; may be repeated", collect, [])
    .optionsGroup("What may go, and how:")
    .option("--keep <names>", "what the job uses, separated by commas: dotnet,android,images")
    .option("--also <names>", "what may be deleted besides, separated by commas: jvm,llvm")
    .option("--background", "rename trees away now and delete them behind the steps that follow (see wait)")
    .option("--any-arch", "act on runners other than X64 too");
}

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

async function showPlan(flags: PlanFlags, host: Host, system: System): Promise<Plan> {
  const plan = await planFor(flags, host, system);
  const text = describePlan(plan);
  host.stderr(inActions(host) && plan.scope.kind === "act" ? `::group::Plan\n${text}::endgroup::\n` : text);
  return plan;
}

async function planFor(flags: PlanFlags, host: Host, system: System): Promise<Plan> {
  const options = optionsOf(flags, system);
  if (flags.probe !== undefined) return makePlan(await readProbe(flags.probe, host), options);
  const owner = decideOwner(system.env["RUNNER_ENVIRONMENT"] || null, system.platform);
  // A machine that is not to be touched is not looked at either, and need not be Linux.
  return owner.kind === "no-op" ? planNoOp(system, options, owner) : makePlan(await probe(system), options);
}

function optionsOf(flags: PlanFlags, system: System): PlanOptions {
  try {
    return {
      need: flags.need === undefined ? null : parseBytes(flags.need),
      at: (flags.at ?? []).map((directory) => directoryAt(directory, flags.probe !== undefined, system)),
      keep: checkKeep(names(flags.keep)),
      also: checkAlso(names(flags.also)),
      background: flags.background ?? false,
      architectures: flags.anyArch ? "any" : "x64",
    };
  } catch (error) {
    if (error instanceof DiskSetupError) throw new UsageError(error.message);
    throw error;
  }
}

const names = (list = ""): string[] =>
  list
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");

/** Links are resolved on this machine; a directory of a machine that a file describes is taken as it is. */
function directoryAt(directory: string, elsewhere: boolean, system: System): string {
  const found = elsewhere
    ? /^\/[^\u0000-\u001f]*$/.test(directory) && directory.replace(/(?<=.)\/+$/, "")
    : system.resolve(resolve(system.cwd, directory));
  if (found && (elsewhere || system.space(found) !== undefined)) return found;
  throw new DiskSetupError({
    code: "at-invalid",
    message: `expected --at to name ${elsewhere ? "an absolute path" : "a directory that exists"}, found "${directory}"`,
    fix: "name the directory that the job writes to, such as the workspace",
  });
}

async function readProbe(file: string, host: Host): Promise<Probe> {
  const { parseProbe } = await import("./probe/probe-file.ts");
  const text = readText(host, file, { what: "the probe", fix: "make it: disk-setup probe > probe.json" });
  return parseProbe(text, file === "-" ? "<stdin>" : file);
}
