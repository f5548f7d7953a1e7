import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// What a user gets: each package packed, installed into an empty project without any network, imported, and its README's
// example run.

const root = fileURLToPath(new URL("../../..", import.meta.url));
const names = readdirSync(join(root, "packages"));
const project = mkdtempSync(join(tmpdir(), "fanfold-packed-"));
const tarballs = join(project, "tarballs");

// What an example starts from, made with the package itself.
const preparations: Readonly<Record<string, string>> = {
  "digest-tools": `
    import { createHash } from "node:crypto";
    import { Readable } from "node:stream";
    import { LayoutStore } from "@fanfold/digest-tools/internal";
    const descriptor = (mediaType, bytes) => ({ mediaType, digest: "sha256:" + createHash("sha256").update(bytes).digest("hex"), size: bytes.length });
    for (const architecture of ["amd64", "arm64"]) {
      const store = new LayoutStore("build/" + architecture);
      const config = Buffer.from(JSON.stringify({ architecture, os: "linux", rootfs: { type: "layers", diff_ids: [] } }));
      const mediaType = "application/vnd.oci.image.manifest.v1+json";
      const about = descriptor("application/vnd.oci.image.config.v1+json", config);
      await store.putBlob(about, async () => Readable.from([config]));
      const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config: about, layers: [] }));
      await store.putManifest("image", { bytes, descriptor: descriptor(mediaType, bytes) });
    }`,
};

const npm = (args: readonly string[], cwd: string): string =>
  execFileSync("npm", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

beforeAll(() => {
  execFileSync(process.execPath, ["scripts/release/pack.ts", tarballs], { cwd: root, stdio: "pipe" });
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }));
  npm(
    ["install", "--offline", "--no-audit", "--no-fund", ...readdirSync(tarballs).map((file) => join(tarballs, file))],
    project,
  );
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

describe("the second name, fanfold", () => {
  const installed = join(project, "node_modules/fanfold");

  test("holds no second copy of the code", () => {
    const found = readdirSync(installed).filter((file) => file !== "CHANGELOG.md");
    expect(found.toSorted()).toEqual([
      "LICENSE",
      "README.md",
      "bin",
      "index.d.ts",
      "index.js",
      "package.json",
      "schema",
    ]);
    const readme = readFileSync(join(installed, "README.md"), "utf8");
    expect(readme).toMatch(/^# Fanfold\n/);
    // On npm's page there is no repository around it.
    const pictures = [...readme.matchAll(/\bsrc(?:set)?="([^"]*)"/g)].map(([, address]) => address);
    for (const address of pictures) {
      expect(address).toMatch(/^https:\/\/raw\.githubusercontent\.com\/fanfold\/fanfold\/HEAD\/docs\/\S+$/);
    }
  });

  test("its command and its API are those of @fanfold/workflows", () => {
    const bin = join(installed, "bin/fanfold.js");
    const run = (file: string, ...args: readonly string[]) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], { encoding: "utf8" });
      return { status, stdout, stderr };
    };
    const own = join(project, "node_modules/@fanfold/workflows/bin/fanfold.js");
    for (const args of [["--help"], ["--version"], ["--no-such-flag"]])
      expect(run(bin, ...args)).toEqual(run(own, ...args));
    expect(run(bin, "--no-such-flag").status).toBe(2);
    const script = `
      import * as second from "fanfold";
      import * as first from "@fanfold/workflows";
      const names = Object.keys(first);
      console.log(names.length > 0, names.every((name) => second[name] === first[name]));`;
    expect(
      execFileSync(process.execPath, ["--input-type=module", "-e", script], { cwd: project, encoding: "utf8" }),
    ).toBe("true true\n");
  });

  test("its schemas are those of @fanfold/workflows, and say where they are", () => {
    const files = readdirSync(join(installed, "schema"));
    expect(files).toEqual(["config.schema.json", "matrix.schema.json", "plan.schema.json"]);
    for (const file of files) {
      const text = readFileSync(join(installed, "schema", file), "utf8");
      expect(text).toBe(readFileSync(join(project, "node_modules/@fanfold/workflows/dist/schema", file), "utf8"));
      // The path is where it lies in the package; unpkg knows nothing of "exports".
      expect(JSON.parse(text).$id).toMatch(new RegExp(`^https://unpkg\\.com/fanfold@[\\d.]+/schema/${file}$`));
    }
  });
});

describe.each(names)("%s", (name) => {
  const installed = join(project, "node_modules/@fanfold", name);
  const manifest = (): { readonly bin: Record<string, string>; readonly dependencies?: Record<string, string> } =>
    JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));

  test("holds bin, dist, README, LICENSE and package.json, and the licences of what it bundles", () => {
    expect(
      readdirSync(installed)
        .filter((file) => file !== "node_modules" && file !== "CHANGELOG.md")
        .toSorted(),
    ).toEqual(["LICENSE", "README.md", "bin", "dist", "package.json"]);
    const licences = readFileSync(join(installed, "dist/THIRD-PARTY-LICENSES.txt"), "utf8");
    expect(licences).toMatch(/^commander \d/m);
  });

  // Changesets writes it when a version is made; the repository has none before the first.
  test("holds the changelog where there is one", () => {
    const copy = mkdtempSync(join(tmpdir(), "fanfold-changelog-"));
    cpSync(join(root, "packages", name, "package.json"), join(copy, "package.json"));
    writeFileSync(join(copy, "CHANGELOG.md"), "# 1.0.0\n");
    const [packed] = JSON.parse(npm(["pack", "--dry-run", "--json", "--silent"], copy));
    expect(packed.files).toContainEqual(expect.objectContaining({ path: "CHANGELOG.md" }));
    rmSync(copy, { recursive: true });
  });

  test("is imported without side effects, in a process that ends by itself", () => {
    const script = `const before = Object.keys(globalThis).length; const api = await import("@fanfold/${name}"); console.log(Object.keys(api).length > 0, Object.keys(globalThis).length - before)`;
    expect(
      execFileSync(process.execPath, ["--input-type=module", "-e", script], {
        cwd: project,
        encoding: "utf8",
        timeout: 20_000,
      }),
    ).toBe("true 0\n");
  });

  test("its command answers --help, and an unknown flag with exit code 2", () => {
    const [bin = ""] = Object.values(manifest().bin);
    const help = spawnSync(process.execPath, [join(installed, bin), "--help"], { encoding: "utf8" });
    expect({ status: help.status, stderr: help.stderr }).toEqual({ status: 0, stderr: "" });
    const wrong = spawnSync(process.execPath, [join(installed, bin), "--no-such-flag"], { encoding: "utf8" });
    expect({ status: wrong.status, stdout: wrong.stdout }).toEqual({ status: 2, stdout: "" });
    expect(wrong.stderr).not.toContain("    at ");
  });

  test("its command says so in one line when Node is too old, or nothing is built", () => {
    const copy = mkdtempSync(join(tmpdir(), "fanfold-bin-"));
    cpSync(join(installed, "bin"), join(copy, "bin"), { recursive: true });
    const [bin = ""] = Object.values(manifest().bin);
    const start = (node: string) => {
      writeFileSync(join(copy, "package.json"), JSON.stringify({ type: "module", engines: { node } }));
      const { status, stderr } = spawnSync(process.execPath, [join(copy, bin)], { encoding: "utf8" });
      return { status, stderr };
    };
    expect(start(">=99.0.0")).toEqual({
      status: 1,
      stderr: expect.stringMatching(/^\S+: needs Node 99\.0\.0 or newer, this is \d+\.\d+\.\d+; .+\n$/),
    });
    expect(start(">=22.0.0")).toEqual({
      status: 1,
      stderr: expect.stringMatching(/^\S+: not built yet; run: npm run build\n$/),
    });
    rmSync(copy, { recursive: true, force: true });
  });

  // These examples start from a repository's files and commits; the tests of their READMEs make those and run them.
  if (name === "workflows" || name === "changed-backends") return;
  test("its README's example does what the README says", () => {
    const example = /^## Example$[\s\S]*?^```(js|sh)\n([\s\S]*?)^```(?:\s*^```text\n([\s\S]*?)^```)?/m.exec(
      readFileSync(join(installed, "README.md"), "utf8"),
    );
    expect(example, "a js or sh block under ## Example").not.toBeNull();
    const [, language = "", code = "", expected] = example ?? [];
    const directory = mkdtempSync(join(project, "example-"));
    const preparation = preparations[name];
    if (preparation !== undefined)
      execFileSync(process.execPath, ["--input-type=module", "-e", preparation], { cwd: directory });
    const env = { PATH: `${join(project, "node_modules/.bin")}:${process.env["PATH"]}`, HOME: directory };
    const run =
      language === "js"
        ? spawnSync(process.execPath, ["--input-type=module", "-e", code], { cwd: directory, encoding: "utf8", env })
        : spawnSync("bash", ["--norc", "-euo", "pipefail", "-c", code], { cwd: directory, encoding: "utf8", env });
    expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 0, stderr: expect.any(String) });
    if (expected !== undefined) expect(run.stdout).toBe(expected);
  });
});
