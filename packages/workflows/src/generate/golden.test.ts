import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { formatDiagnostic } from "@fanfold-internal/kit/process/errors";
import { describe, expect, test } from "vitest";
import { errorsOf, generateSample, type Sample } from "./testing/sample-project.ts";

const TESTDATA = join(import.meta.dirname, "../../testdata/generate");

/** A case's config, matrix, and hand-written workflow and actions, where they lie in a repository. */
function sample(directory: string): Sample {
  const place = (name: string): string => (name === "darwin.yml" ? `.github/workflows/${name}` : `.github/${name}`);
  return Object.fromEntries(
    readdirSync(directory, { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(?:yml|pub)$/.test(name) && !name.startsWith("expected"))
      .map((name) => [place(name), readFileSync(join(directory, name), "utf8")]),
  );
}

/** Versions change with each release, and mean nothing here. */
const unversioned = (text: string): string => text.replace(/(@fanfold\/[a-z-]+)@[^\s]+/g, "$1@<version>");

describe("what is made of a config and a matrix", () => {
  test.each(readdirSync(join(TESTDATA, "ok")))("%s", async (name) => {
    const directory = join(TESTDATA, "ok", name);
    const generation = await generateSample(sample(directory));
    const { files } = generation;
    expect(errorsOf(generation)).toEqual([]);
    for (const { path, text } of files) {
      const golden = path.endsWith("action.yml") ? path.split("/").slice(-2).join("/") : basename(path);
      await expect(unversioned(text)).toMatchFileSnapshot(join(directory, "expected", golden));
    }
    const { length } = readdirSync(join(directory, "expected"), { recursive: true, withFileTypes: true }).filter(
      (entry) => entry.isFile(),
    );
    expect(length).toBe(files.length);
  });
});

describe("what no workflow can be made from", () => {
  test.each(readdirSync(join(TESTDATA, "err")))("%s", async (name) => {
    const directory = join(TESTDATA, "err", name);
    const errors = errorsOf(await generateSample(sample(directory)));
    expect(errors).not.toEqual([]);
    const text = errors.map((error) => `${formatDiagnostic(error)} [${error.code}]\n`).join("");
    await expect(text).toMatchFileSnapshot(join(directory, "expected.txt"));
  });
});
