// Packs what is built, the packages and their second name, into a directory: `node scripts/release/pack.ts DIRECTORY`.
// Prints what npm says of each, in the order in which they are published: none before what it depends on.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { writeSecondName } from "./second-name.ts";

/** Folders of `packages/`, none before what it depends on. */
const ORDER = ["changed-backends", "merge-matrix", "digest-tools", "disk-setup", "workflows"];

const [directory] = process.argv.slice(2);
if (directory === undefined) {
  process.stderr.write("expected the directory that the tarballs go to\n");
  process.exitCode = 2;
} else {
  const destination = resolve(directory);
  mkdirSync(destination, { recursive: true });
  const secondName = mkdtempSync(join(tmpdir(), "fanfold-second-name-"));
  try {
    writeSecondName(process.cwd(), secondName);
    const packed = [...ORDER.map((name) => resolve("packages", name)), secondName].flatMap((from) =>
      pack(from, destination),
    );
    process.stdout.write(`${JSON.stringify(packed, null, 2)}\n`);
  } finally {
    rmSync(secondName, { recursive: true });
  }
}

function pack(cwd: string, destination: string): readonly unknown[] {
  // What is packed has been built: no script of the package has a say in it.
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", destination];
  const printed = execFileSync("npm", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  // A list, or from npm 12 on an object by name.
  return Object.values(JSON.parse(printed));
}
