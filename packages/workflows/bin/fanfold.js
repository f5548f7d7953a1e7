#!/usr/bin/env node
import { existsSync, readFileSync } from "node:fs";

// Committed, and in the syntax of every Node that has ES modules: it links before anything is built, and a Node that
// is too old gets one line instead of a syntax error from dist.
const { engines } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const minimum = engines.node.replace(">=", "");
const dist = new URL("../dist/cli.js", import.meta.url);
const [have, need] = [process.versions.node, minimum].map((v) => v.split(".").map(Number));
const tooOld = have[0] !== need[0] ? have[0] < need[0] : have[1] < need[1];
if (tooOld) {
  process.stderr.write(
    `fanfold: needs Node ${minimum} or newer, this is ${process.versions.node}; install a newer Node (actions/setup-node in a workflow)\n`,
  );
  process.exitCode = 1;
} else if (!existsSync(dist)) {
  process.stderr.write("fanfold: not built yet; run: npm run build\n");
  process.exitCode = 1;
} else {
  const { main } = await import(dist.href);
  process.exitCode = await main();
}
