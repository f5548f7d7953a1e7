#!/usr/bin/env node
import { existsSync, readFileSync } from "node:fs";

// Committed, and in the syntax of every Node that has ES modules: it links before anything is built, and a Node that
// is too old gets one line instead of a syntax error from dist.
const name = "fanfold";
const { engines } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const needed = engines.node.replace(">=", "");
const running = process.versions.node;
const dist = new URL("../dist/cli.js", import.meta.url);

const [need, have] = [needed, running].map((version) => version.split(".").map(Number));
const part = need.findIndex((number, index) => number !== have[index]);
if (part !== -1 && have[part] < need[part]) {
  process.stderr.write(
    `${name}: needs Node ${needed} or newer, this is ${running}; install one (actions/setup-node)\n`,
  );
  process.exitCode = 1;
} else if (!existsSync(dist)) {
  process.stderr.write(`${name}: not built yet; run: npm run build\n`);
  process.exitCode = 1;
} else {
  const { main } = await import(dist.href);
  process.exitCode = await main();
}
