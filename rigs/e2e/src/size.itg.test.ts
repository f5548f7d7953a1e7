import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

// What `npx fanfold` puts on a machine: all five packages and their second name, unpacked.
const MAX_BYTES = 4_000_000;

// A runner fetches and reads one of them for each job.
const MAX_BUNDLE_BYTES = 1_500_000;

const root = fileURLToPath(new URL("../../..", import.meta.url));

interface Packed {
  readonly name: string;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

function packAll(): readonly Packed[] {
  const directory = mkdtempSync(join(tmpdir(), "fanfold-size-"));
  try {
    const pack = ["scripts/release/pack.ts", directory];
    return JSON.parse(execFileSync(process.execPath, pack, { cwd: root, encoding: "utf8" }));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test("the packages are at most 4 MB", () => {
  const all = packAll();
  expect(all.map(({ name }) => name).toSorted()).toEqual(
    [...readdirSync(join(root, "packages")).map((name) => `@fanfold/${name}`), "fanfold"].toSorted(),
  );
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
  for (const { name, unpackedSize } of all)
    expect(unpackedSize, name).toBeGreaterThan(name === "fanfold" ? 20_000 : 100_000);
});

const actions = join(root, "actions");
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
