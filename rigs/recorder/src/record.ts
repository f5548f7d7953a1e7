import { constants, rmSync } from "node:fs";
import { access, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { allCases } from "./all-cases.ts";
import { Bed } from "./bed/bed.ts";
import type { Case } from "./bed/case.ts";
import { killAll } from "./bed/child-process.ts";

/*
 * node src/record.ts <checkout> <out-dir> [only]
 *
 * Runs many inputs through the built commands of a checkout and writes what they give. The Node that runs this runs the
 * commands. `only`: cases whose name begins so.
 *
 * FANFOLD_INPUTS: the checkout whose testdata and examples are inputs, so that two checkouts get the same; default: the
 * recorded one. FANFOLD_DATA: a folder with backend-matrix.*.yml of real projects.
 */

// Some cases wait for a registry most of the time.
const AT_ONCE = 3;
// What commands start: nothing else of this machine is to be found.
const PROGRAMS = ["git", "bash"];

const [checkoutArgument, outArgument, only = ""] = process.argv.slice(2);
if (checkoutArgument === undefined || outArgument === undefined) {
  process.stderr.write("usage: node src/record.ts <checkout> <out-dir> [only]\n");
  process.exitCode = 2;
} else {
  await record(await realpath(checkoutArgument), resolve(outArgument));
}

async function record(checkout: string, out: string): Promise<void> {
  const started = performance.now();
  await mkdir(out, { recursive: true });
  if ((await readdir(out)).length > 0) throw new Error(`${out} is not empty: name a new folder`);
  const env = process.env;
  const skipped: string[] = [];
  const cases = allCases({
    inputs: await realpath(env["FANFOLD_INPUTS"] || checkout),
    data: env["FANFOLD_DATA"] || undefined,
    skip: (what, why) => {
      skipped.push(what);
      process.stdout.write(`skipped: ${what}: ${why}\n`);
    },
  });
  assertNamedOnce(cases);
  const programs = Object.fromEntries(await Promise.all(PROGRAMS.map(async (name) => [name, await find(name)])));
  const scratch = await mkdtemp(join(tmpdir(), "fanfold-recorder-"));
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      killAll();
      // What is being killed may still write for a moment.
      rmSync(scratch, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
      process.exit(1);
    });
  }
  const waiting = cases.filter(({ name }) => name.startsWith(only));
  const total = waiting.length;
  let failed = 0;
  let count = 0;
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const bed = await Bed.open({
        // Of one length, so that nothing that is as wide as a path varies.
        scratch: await newFolder(join(scratch, String(++count).padStart(4, "0"))),
        checkout,
        compileCache: join(scratch, "compiled"),
        folder: join(out, next.name),
        programs,
      });
      try {
        await next.run(bed);
      } catch (error) {
        failed++;
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        process.stderr.write(`${next.name}: the recorder failed: ${text}\n`);
        await mkdir(join(out, next.name), { recursive: true });
        await writeFile(join(out, next.name, "recorder-failed"), `${bed.normaliser.apply(text)}\n`);
      } finally {
        await bed.end();
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  process.stdout.write(
    `${total} cases in ${seconds} s, ${failed} that the recorder failed at, skipped: ${skipped.length}\n`,
  );
  if (failed > 0) process.exitCode = 1;
}

async function newFolder(path: string): Promise<string> {
  await mkdir(path);
  return path;
}

function assertNamedOnce(cases: readonly Case[]): void {
  const names = cases.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new Error(`two cases are called ${twice}`);
}

async function find(program: string): Promise<string> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const file = join(folder, program);
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return file;
  }
  throw new Error(`${program} is not on the PATH`);
}
