import { readdirSync } from "node:fs";
import { registerHooks } from "node:module";

const packages = new URL("../packages/", import.meta.url);
const source = (name: string, file: string): URL => new URL(`${name}/src/${file}.ts`, packages);

// Built packages import each other from dist; run from source, nothing needs to be built.
registerHooks({
  resolve(specifier, context, nextResolve) {
    const [, name, entry = "index"] = /^@fanfold\/([^/]+)(?:\/(internal|planning|asking))?$/.exec(specifier) ?? [];
    return nextResolve(name === undefined ? specifier : source(name, entry).href, context);
  },
});

const [bin = "", ...args] = process.argv.slice(2);
const owners = readdirSync(packages).map((name) => ({ name, bins: readdirSync(new URL(`${name}/bin/`, packages)) }));
const owner = owners.find(({ bins }) => bins.includes(`${bin}.js`));
if (owner === undefined) {
  const known = owners.flatMap(({ bins }) => bins.map((file) => file.replace(/\.js$/, "")));
  process.stderr.write(`expected one of the bins ${known.join(", ")}, found: ${bin}\n`);
  process.exitCode = 2;
} else {
  // npm runs scripts in the repository's root and keeps the directory where it was called.
  const { INIT_CWD = process.cwd() } = process.env;
  process.chdir(INIT_CWD);
  const { main } = await import(source(owner.name, "cli").href);
  process.exitCode = await main(args);
}
