import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

// What `npx @fanfold/workflows` puts on a runner: all five packages, unpacked.
const MAX_BYTES = 4_000_000;

// A runner fetches and reads one of them for each job.
const MAX_BUNDLE_BYTES = 1_500_000;

const packages = fileURLToPath(new URL("../../../packages", import.meta.url));

interface Packed {
  readonly name: string;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

function pack(folder: string): Packed {
  const printed = execFileSync("npm", ["pack", "--dry-run", "--json"], {
    cwd: `${packages}/${folder}`,
    encoding: "utf8",
  });
  // A list, or from npm 12 on an object by name.
  const [packed]: Packed[] = Object.values(JSON.parse(printed));
  if (packed === undefined) throw new Error(`npm packs nothing of ${folder}`);
  return packed;
}

test("the packages are at most 4 MB", () => {
  const all = readdirSync(packages).map(pack);
  const line = (bytes: number, name: string): string => `${String(bytes).padStart(9)}  ${name}`;
  const largest = ({ files }: Packed) => files.toSorted((a, b) => b.size - a.size).slice(0, 3);
  const report = all.flatMap((packed) => [
    line(packed.unpackedSize, packed.name),
    ...largest(packed).map(({ path, size }) => `           ${line(size, path)}`),
  ]);
  const total = all.reduce((sum, { unpackedSize }) => sum + unpackedSize, 0);
  const text = [...report, line(total, `in all, of ${MAX_BYTES} at most`)].join("\n");
  console.info(text);
  expect(total, text).toBeLessThanOrEqual(MAX_BYTES);
  // A package that was not built weighs nothing.
  for (const { name, unpackedSize } of all) expect(unpackedSize, name).toBeGreaterThan(100_000);
});

const actions = fileURLToPath(new URL("../../../actions", import.meta.url));
const names = readdirSync(actions, { withFileTypes: true }).flatMap((each) => (each.isDirectory() ? [each.name] : []));

test.each(names)("the action %s is one file of at most 1.5 MB, with the licences of what is in it", (name) => {
  const dist = `${actions}/${name}/dist`;
  const programs = readdirSync(dist, { recursive: true, encoding: "utf8" }).filter((file) => /\.[cm]?js$/.test(file));
  expect(programs).toEqual(["index.mjs"]);
  const bytes = statSync(`${dist}/index.mjs`).size;
  console.info(`${String(bytes).padStart(9)}  actions/${name}, of ${MAX_BUNDLE_BYTES} at most`);
  expect(bytes).toBeLessThanOrEqual(MAX_BUNDLE_BYTES);
  // All parse a command line and run programs.
  const licences = readFileSync(`${dist}/THIRD-PARTY-LICENSES.txt`, "utf8");
  expect(licences).toContain("\ncommander ");
  expect(licences).toContain("\nexeca ");
});
