import { existsSync, readdirSync, readFileSync } from "node:fs";
import { Refusal } from "./refusal.ts";

const UNRELEASED = "0.0.0";

/** What the files of the checkout say of releases. */
export interface Standing {
  /** Of all packages. */
  readonly version: string;
  /** Changesets that no version has taken up. */
  readonly pending: number;
  /** Whether there is a version to release: changesets have become one. */
  readonly ready: boolean;
}

/** @throws Refusal where the packages are not of one version, or of one that no release is made of. */
export function readStanding(): Standing {
  const folders = existsSync("packages") ? readdirSync("packages") : [];
  const versions = folders.flatMap((name) => {
    const file = `packages/${name}/package.json`;
    if (!existsSync(file)) return [];
    const manifest: { readonly version: string } = JSON.parse(readFileSync(file, "utf8"));
    return [{ name, version: manifest.version }];
  });
  const [first] = versions;
  if (first === undefined)
    throw new Refusal("expected packages in packages/, found none; run this in the repository's root");
  const { version } = first;
  if (versions.some((other) => other.version !== version)) {
    const list = versions.map((each) => `${each.name} ${each.version}`).join(", ");
    throw new Refusal(`expected one version of all packages, found ${list}; run: npm run version`);
  }
  if (!/^\d+\.\d+\.\d+$/.test(version)) {
    throw new Refusal(`expected a version such as 1.2.3, found ${version}: prereleases are not released by this`);
  }
  const pending = readdirSync(".changeset").filter((file) => file.endsWith(".md") && file !== "README.md").length;
  return { version, pending, ready: version !== UNRELEASED && pending === 0 };
}
