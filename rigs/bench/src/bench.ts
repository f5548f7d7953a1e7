import { benchDeletion, printDeletion } from "./deletion.ts";

import { benchInference, printInference } from "./inference.ts";
import { benchKeys, printKeys } from "./keys.ts";
import { benchMatching, printMatching } from "./matching.ts";
import { benchMerging, printMerging } from "./merging.ts";
import { benchReplay, printReplay } from "./replay.ts";
import { benchReuse, printReuse } from "./reuse.ts";
import { benchWholeProcess, printWholeProcess } from "./whole-process.ts";

// `npm run bench` runs all, `npm run bench -- matching merging` these.
const benches = {
  matching: () => printMatching(benchMatching()),
  inference: () => printInference(benchInference()),
  replay: async () => printReplay(await benchReplay()),
  keys: () => printKeys(benchKeys()),
  process: async () => printWholeProcess(await benchWholeProcess()),
  reuse: async () => printReuse(await benchReuse()),
  merging: async () => printMerging(await benchMerging()),
  deletion: async () => printDeletion(await benchDeletion()),
};

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !Object.hasOwn(benches, name));
if (unknown !== undefined) throw new Error(`no bench "${unknown}"; there are ${Object.keys(benches).join(", ")}`);

for (const [name, bench] of Object.entries(benches)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  process.stdout.write(`\n== ${name} ==\n\n`);
  await bench();
}
