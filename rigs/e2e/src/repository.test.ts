import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const leaves = ["changed-backends", "digest-tools", "disk-setup", "merge-matrix"];
const packages = [...leaves, "workflows"];

function manifest(name: string): {
  readonly dependencies?: Record<string, string>;
  readonly version: string;
  readonly engines: { readonly node: string };
} {
  return JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8"));
}

test.each(leaves)("%s depends on nothing at run time", (name) => {
  expect(manifest(name).dependencies ?? {}).toEqual({});
});

test.each(packages)("%s: published dependencies are exact, and Fanfold's own", (name) => {
  for (const [dependency, version] of Object.entries(manifest(name).dependencies ?? {})) {
    expect(dependency).toMatch(/^@fanfold\//);
    expect(version).toBe(manifest(dependency.replace("@fanfold/", "")).version);
  }
});

test("the launchers differ in nothing but the command's name", () => {
  const launchers = packages.flatMap((name) =>
    readdirSync(join(root, "packages", name, "bin")).map((file) =>
      readFileSync(join(root, "packages", name, "bin", file), "utf8").replaceAll(file.replace(".js", ""), "COMMAND"),
    ),
  );
  expect(launchers.length).toBe(packages.length);
  expect(new Set(launchers).size).toBe(1);
});

// `npm ci` refuses a lockfile that lacks one, also for platforms that it does not install; `npm install` leaves out what its
// registry does not have at that moment.
test("the lockfile names the packages of every platform", () => {
  const lock: { readonly packages: Record<string, { readonly optionalDependencies?: Record<string, string> }> } =
    JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const missing = Object.entries(lock.packages).flatMap(([parent, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`node_modules/${name}` in lock.packages) && !(`${parent}/node_modules/${name}` in lock.packages),
    ),
  );
  expect(missing).toEqual([]);
});
