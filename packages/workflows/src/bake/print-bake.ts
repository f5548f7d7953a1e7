import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { basename, dirname, join, posix } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Place } from "@fanfold-internal/kit/process/diagnostic";
import type { Host } from "@fanfold-internal/kit/process/host";
import { outputText, programRunner, type RunProgram } from "@fanfold-internal/kit/process/program";
import { makeTemporary, removeTemporary } from "@fanfold-internal/kit/process/temporary";
import { WorkflowsError } from "../base/error.ts";
import type { BakeSpec } from "./bake-spec.ts";
import { bareEnvironment, givePlugins } from "./bare-environment.ts";
import { firstDifference, type PrintedBake, readPrinted } from "./printed.ts";

/** The texts of bake files, and of the `.env` beside them where there is one, by their paths. */
export type BakeTexts = ReadonlyMap<string, string>;

/** What evaluates bake files. */
export interface BakePrinter {
  readonly host: Pick<Host, "env" | "debug">;
  /** Of the repository: compose calls a project by the name of its folder. */
  readonly root: string;
  /** The text of a file that is read beside those: what Compose files extend, include or take variables from. */
  readonly beside?: ((path: string) => Promise<string | undefined>) | undefined;
}

/**
 * What bake makes of files, by `docker buildx bake --print`: in a folder that holds nothing else, and in an environment that
 * holds nothing but PATH, a fresh HOME and the variables that the config names. Nothing is built, and nothing is asked of an
 * engine or a registry.
 * @throws WorkflowsError `unreadable-input`, in buildx's own words and at its places
 */
export async function printBake(
  spec: BakeSpec,
  texts: BakeTexts,
  { host, root, beside }: BakePrinter,
): Promise<PrintedBake> {
  const directory = makeTemporary("fanfold-bake-");
  try {
    const [home, work] = [join(directory, "home"), join(directory, basename(root) || "repository")];
    await mkdir(home);
    await mkdir(work);
    for (const [path, text] of texts) await placeFile(work, path, text);
    await givePlugins(home, host.env);
    const env = bareEnvironment(host.env, { home, variables: spec.variables });
    return await print({ spec, work, env, beside, run: programRunner(host.debug) });
  } finally {
    removeTemporary(directory);
  }
}

/**
 * The same, evaluated twice: what is another value each time would be another image each time, and nobody could say what has
 * changed. @throws WorkflowsError `unreadable-input`
 */
export async function printSteadyBake(
  spec: BakeSpec,
  texts: BakeTexts,
  printer: BakePrinter,
  placeOf: (target: string, printed: PrintedBake) => Place,
): Promise<PrintedBake> {
  const [first, second] = [...texts.values()].some((text) => /\btimestamp\s*\(/.test(text))
    ? await inTwoSeconds(() => printBake(spec, texts, printer))
    : await Promise.all([printBake(spec, texts, printer), printBake(spec, texts, printer)]);
  const found = firstDifference(first, second);
  if (found === undefined) return first;
  const { target, path, one, other } = found;
  const what = path === "" ? "" : `${path} of `;
  const values = [one, other].map((value) => JSON.stringify(value).slice(0, 80)).join(", then ");
  throw new WorkflowsError({
    code: "unreadable-input",
    message: `${what}the target ${JSON.stringify(target)} is another value each time it is evaluated: ${values}`,
    at: placeOf(target, first),
    fix: "take a value that a commit has: a variable that bake.variables names, such as GITHUB_SHA; not uuidv4(), timestamp() or a path of this machine",
  });
}

/** `timestamp()` counts seconds. */
async function inTwoSeconds(evaluate: () => Promise<PrintedBake>): Promise<readonly [PrintedBake, PrintedBake]> {
  const first = await evaluate();
  await sleep(1_050 - (Date.now() % 1_000));
  return [first, await evaluate()];
}

interface Printing extends Pick<BakePrinter, "beside"> {
  readonly spec: BakeSpec;
  readonly work: string;
  readonly env: Readonly<Record<string, string>>;
  readonly run: RunProgram;
}

// Each names one file or the agent that bake wants to see, and that no value depends on.
const MAX_WANTS = 64;

// Hundreds of targets take a second, and a kilobyte each.
const LIMITS = { timeoutMs: 120_000, maxOutputBytes: 64 * 1024 * 1024 };

async function print(printing: Printing): Promise<PrintedBake> {
  const { spec, work, env, run } = printing;
  const { files, targets } = spec;
  const args = ["buildx", "bake", ...files.flatMap((file) => ["--file", file]), "--print", ...targets];
  const agent = createServer();
  let given = env;
  try {
    for (let wants = 0; ; wants++) {
      const end = await run({ command: "docker", args, cwd: work, env: given, ...LIMITS });
      if (end.kind === "missing") throw noBuildx(files[0]);
      if (end.kind !== "ended") throw refusal(files, `ERROR: it did not end by itself (${end.kind})`);
      if (end.exitCode === 0) {
        const printed = readPrinted(outputText(end.stdout));
        if (printed === undefined) throw refusal(files, "ERROR: it printed no JSON");
        return printed;
      }
      if (wants === 0 && !(await hasBuildx(printing))) throw noBuildx(files[0]);
      const [secret, read] = [wantedSecret(end.stderr), wantedFile(end.stderr)];
      const text = read === undefined ? undefined : await printing.beside?.(read);
      if (wants >= MAX_WANTS) throw refusal(files, end.stderr);
      if (secret !== undefined) await placeFile(work, secret, "");
      else if (read !== undefined && text !== undefined) await placeFile(work, read, text);
      else if (/\bSSH_AUTH_SOCK\b/.test(end.stderr) && given["SSH_AUTH_SOCK"] === undefined) {
        // Below the folder that the program runs in, since the path of a socket must be short.
        await once(agent.listen(join(dirname(work), "agent")), "listening");
        given = { ...env, SSH_AUTH_SOCK: "../agent" };
      } else throw refusal(files, end.stderr);
    }
  } finally {
    agent.close();
  }
}

/** Docker without the plugin says whatever of flags that it does not know, in other words in each version. */
async function hasBuildx({ work, env, run }: Printing): Promise<boolean> {
  const end = await run({ command: "docker", args: ["buildx", "version"], cwd: work, env, ...LIMITS });
  return end.kind === "ended" && end.exitCode === 0;
}

/** The file of a secret, which bake looks for although it prints its name alone; undefined: another fault. */
function wantedSecret(stderr: string): string | undefined {
  return within(/^ERROR: failed to stat (.+): stat \1: no such file or directory$/m.exec(stderr)?.[1]);
}

/** What Compose reads for its values. */
function wantedFile(stderr: string): string | undefined {
  return within(/^ERROR: (?:.*: )?(?:open|stat) (.+): no such file or directory$/m.exec(stderr)?.[1]);
}

/** A path that stays in the folder. */
function within(path: string | undefined): string | undefined {
  const short = posix.normalize(path ?? "..");
  return posix.isAbsolute(short) || short.startsWith("..") ? undefined : short;
}

/** @throws WorkflowsError: it would lie outside the folder */
async function placeFile(work: string, path: string, text: string): Promise<void> {
  if (within(path) === undefined) {
    throw new WorkflowsError({
      code: "unreadable-input",
      message: "expected a file of the repository, found one outside of it",
      at: { file: path },
      fix: "name a file that git tracks here, by its path from the root",
    });
  }
  await mkdir(dirname(join(work, path)), { recursive: true });
  await writeFile(join(work, path), text);
}

function noBuildx(file: string): WorkflowsError {
  return new WorkflowsError({
    code: "unreadable-input",
    message: "docker buildx reads bake files, and is not there",
    at: { file },
    fix: `install it, or write a matrix file once where it is: fanfold import bake ${file}`,
  });
}

const POSITION = /^:(\d+),(\d+)(?:-[\d,]+)?: ([\s\S]+)$/;

/** `docker-bake.hcl:2,11-14: Unknown variable; There is no variable named "FOO".` */
function refusal(files: BakeSpec["files"], stderr: string): WorkflowsError {
  const [file] = files;
  const [, said = stderr.trim().split("\n").at(-1) ?? ""] = /^ERROR: ([\s\S]+)$/m.exec(stderr.trim()) ?? [];
  // Of a file that is read as YAML too, what was wrong with that comes before.
  const found = files
    .map((each) => ({ file: each, place: said.lastIndexOf(`${each}:`) }))
    .filter(({ place }) => place !== -1)
    .map((each) => ({ ...each, parts: POSITION.exec(said.slice(each.place + each.file.length)) }))
    .find(({ parts }) => parts !== null);
  const [, line, column, words] = found?.parts ?? [];
  const at = found === undefined ? { file } : { file: found.file, line: Number(line), column: Number(column) };
  const unnamed = said === "failed to find target default";
  const missing = wantedFile(stderr);
  return new WorkflowsError({
    code: "unreadable-input",
    message: `docker buildx bake: ${words ?? said}`,
    at,
    fix: unnamed
      ? `name what is built: matrix: { files: [${file}], targets: […] }, or add a group "default"`
      : missing === undefined
        ? "see what docker buildx bake --print says of it; of the environment it sees what bake.variables names"
        : `git add ${missing}, where the repository is to have it; a file that only some machines have is env_file: [{ path: ${missing}, required: false }]`,
  });
}
