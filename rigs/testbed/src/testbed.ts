// `npm run testbed -- up|down|status`. Exit codes: 0 done (`status`: all is up), 1 failed (`status`: not all is up), 2 usage,
// 3 this machine cannot run it, or not all of it; the last line on stderr then is `testbed unavailable: REASON`.
import { homedir } from "node:os";
import { bringUp } from "./bring-up.ts";
import { type Places, placesFor } from "./machine/places.ts";
import { TestbedError } from "./machine/testbed-error.ts";
import { lookAtServices, renderStatus } from "./show-status.ts";
import { takeDown } from "./take-down.ts";

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function up(places: Places): Promise<number> {
  const start = performance.now();
  const { engineObstacle, started } = await bringUp(places, "person", say);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  say(started.length === 0 ? `all was up (${seconds} s)` : `started ${started.join(", ")} in ${seconds} s`);
  process.stdout.write(`export FANFOLD_TESTBED=${places.file}\n`);
  if (engineObstacle === null) return 0;
  say(`testbed unavailable: no engine, only registries: ${engineObstacle}`);
  return 3;
}

async function down(places: Places): Promise<number> {
  say((await takeDown(places)) ? `ended; the programs stay in ${places.tools}` : "nothing was up");
  return 0;
}

async function status(places: Places): Promise<number> {
  const rows = await lookAtServices(places);
  if (rows.length === 0) say("the test bed is down");
  else process.stdout.write(renderStatus(rows));
  return rows.length > 0 && rows.every(({ state }) => state === "up") ? 0 : 1;
}

async function main([command, ...rest]: readonly string[]): Promise<number> {
  const commands = new Map([
    ["up", up],
    ["down", down],
    ["status", status],
  ]);
  const run = commands.get(command ?? "");
  if (run === undefined || rest.length > 0) {
    say("usage: npm run testbed -- up|down|status");
    return 2;
  }
  try {
    return await run(placesFor(process.env, homedir()));
  } catch (error) {
    if (!(error instanceof TestbedError)) throw error;
    if (error.code !== "unavailable") {
      say(`error: ${error.message}`);
      return 1;
    }
    say(`testbed unavailable: ${error.message}`);
    return 3;
  }
}

process.exitCode = await main(process.argv.slice(2));
