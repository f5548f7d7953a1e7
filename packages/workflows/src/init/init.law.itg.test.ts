import type { ScratchFile } from "@fanfold-rigs/github-stand-in";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ExampleClone } from "../testing/example-clone.ts";

// Small repositories of all that init has to make sense of, in any mixture: what it writes always passes check.

const RUNS = process.env["FANFOLD_LONG_TESTS"] === "1" ? 1500 : 60;

const folder = fc.constantFrom(
  ...["", "a", "b", "c", "a/a", "x/a", "docker", "docs", "images/b", "services/api", "core", "run-all", "windows"],
  ...["ünï", "A", "a-b", "a/b", "matrix", "has-a", "{backend}", "with space", "1.0"],
);
const fileName = fc.constantFrom(
  ...["Dockerfile", "Dockerfile", "Dockerfile", "Dockerfile.gpu", "gpu.Dockerfile", "Containerfile", "dockerfile"],
  ...["Dockerfile.go", "Dockerfile.template", "Dockerfile.windows"],
);
const suffix = fc.constantFrom(
  "",
  "-a",
  "-b",
  "-c",
  "-gpu",
  "-a-gpu",
  "-docs",
  "-api",
  "-x-a",
  "-a-a",
  "-services-api",
);
const tag = fc.oneof(
  suffix.map((text) => `:main${text}`),
  suffix.map((text) => `:latest${text}`),
  suffix.map((text) => `:\${TAG}${text}`),
  suffix.map((text) => `:1.2.3${text}`),
  fc.constantFrom("", ":${TAG:-main}", "@sha256:".concat("a".repeat(64))),
);
const image = fc.oneof(
  fc.constantFrom("alpine", "alpine:3", "scratch", "a", "b", "images", "$BASE", "${REPO}:main-b", "stage"),
  tag.map((text) => `ghcr.io/octo/images${text}`),
  tag.map((text) => `\${REPO}${text}`),
);
const from = fc
  .tuple(
    fc.constantFrom("", "", "", "--platform=$BUILDPLATFORM ", "--platform=linux/arm64 ", "--platform=windows/amd64 "),
    fc.oneof(
      { arbitrary: image, weight: 9 },
      { arbitrary: fc.constant("mcr.microsoft.com/windows/nanoserver"), weight: 1 },
    ),
    fc.constantFrom("", "", " AS stage", " AS a", " AS b"),
  )
  .map((parts) => `FROM ${parts.join("")}`);
const source = fc.constantFrom(
  ".",
  "src",
  "src/x",
  "x",
  "*.md",
  "lib/*",
  "missing",
  "../up",
  "a file",
  "$DIR/x",
  ".git",
  "docs",
);
const instruction = fc.oneof(
  source.map((text) => `COPY ${JSON.stringify([text, "/d/"])}`),
  source.map((text) => `COPY ${text} /d/`),
  fc.tuple(source, source).map(([left, right]) => `ADD ${left} ${right} /d/`),
  image.map((text) => `COPY --from=${text} /e /e`),
  image.map((text) => `RUN --mount=from=${text},target=/m true`),
  source.map((text) => `RUN --mount=source=${text},target=/m true`),
  fc.constantFrom("COPY --from=0 /e /e", "ONBUILD COPY . /", "RUN <<EOF\nCOPY no /\nEOF", "COPY <<EOF /f\nx\nEOF"),
  fc.constantFrom("ARG DIR=src", "ENV DIR=lib", "ARG TAG", "NOTHING", "COPY", "RUN true \\\n  && true", "VOLUME /v"),
);
const head = fc.array(
  fc.constantFrom(
    "ARG REPO=ghcr.io/octo/images",
    "ARG TAG=main",
    "ARG BASE=alpine",
    "# escape=`",
    "# syntax=x/y",
    "# text",
    "ARG TAG",
  ),
  { maxLength: 3 },
);
const stage = fc
  .tuple(from, fc.array(instruction, { maxLength: 4 }))
  .map(([first, others]) => [first, ...others].join("\n"));
const dockerfile = fc
  .tuple(head, fc.array(stage, { minLength: 1, maxLength: 3 }))
  .map(([first, stages]) => `${[...first, ...stages].join("\n")}\n`);
const named = fc.tuple(folder, fileName).map(([place, name]) => (place === "" ? name : `${place}/${name}`));
const other = fc.oneof(
  fc
    .tuple(folder, fc.constantFrom("x", "src/x", "lib/y.md", "README.md", "docs/z", "index.js"))
    .map(([place, name]): readonly [string, ScratchFile] => [place === "" ? name : `${place}/${name}`, "x\n"]),
  fc
    .tuple(folder, fc.constantFrom("*\n", "**/*.md\n", "src\n!src/x\n", ".git\n"))
    .map(([place, text]): readonly [string, ScratchFile] => [
      place === "" ? ".dockerignore" : `${place}/.dockerignore`,
      text,
    ]),
  named.map((path): readonly [string, ScratchFile] => [`${path}.dockerignore`, "**\n!src\n"]),
  fc.constantFrom<readonly [string, ScratchFile]>(
    ["link", { mode: "120000", content: "a" }],
    ["b/src", { mode: "120000", content: "../a" }],
    ["c/Dockerfile", { mode: "120000", content: "../a/Dockerfile" }],
    ["vendored/lib", { mode: "160000", object: "1".repeat(40) }],
    ["lib", { mode: "160000", object: "2".repeat(40) }],
  ),
);

/** Images that name each other, themselves too. */
const family = fc
  .uniqueArray(fc.constantFrom("", "a", "b", "c", "a/a"), { minLength: 2, maxLength: 5 })
  .chain((places) => {
    const text = fc
      .tuple(
        fc.constantFrom("", "ARG TAG=main\n", "ARG TAG\n", "ARG REPO=ghcr.io/octo/images\n"),
        fc.oneof(
          image,
          tag.map((each) => `ghcr.io/octo/images${each}`),
        ),
        fc.constantFrom("", " AS a", " AS stage"),
        fc.array(
          fc.oneof(
            image,
            tag.map((each) => `ghcr.io/octo/images${each}`),
          ),
          { maxLength: 2 },
        ),
      )
      .map(([head, base, name, others]) =>
        [`${head}FROM ${base}${name}`, ...others.map((each) => `COPY --from=${each} /e /e`), ""].join("\n"),
      );
    return fc.tuple(
      ...places.map((place) =>
        text.map((each) => [place === "" ? "Dockerfile" : `${place}/Dockerfile`, each] as const),
      ),
    );
  })
  .map((files) => Object.fromEntries(files));
const mixture = fc
  .tuple(fc.array(fc.tuple(named, dockerfile), { minLength: 1, maxLength: 5 }), fc.array(other, { maxLength: 8 }))
  .map(([dockerfiles, others]) => withoutClashes([...others, ...dockerfiles]));

const repository: fc.Arbitrary<Readonly<Record<string, ScratchFile>>> = fc.oneof(mixture, family);

/** A path is a file or a folder; of two that clash the later one stays. */
function withoutClashes(files: readonly (readonly [string, ScratchFile])[]): Readonly<Record<string, ScratchFile>> {
  const kept = new Map<string, ScratchFile>();
  for (const [path, file] of files) {
    for (const known of kept.keys()) {
      if (known.startsWith(`${path}/`) || path.startsWith(`${known}/`)) kept.delete(known);
    }
    kept.set(path, file);
  }
  return Object.fromEntries(kept);
}

test("what init has written passes check, plan and generate", async () => {
  const seen = { written: 0, leftOut: 0, edges: 0 };
  await fc.assert(
    fc.asyncProperty(repository, async (files) => {
      await using clone = await ExampleClone.create(files);
      await clone.repository.git("remote", "add", "origin", "https://github.com/octo/images.git");
      const made = await clone.fanfold(["init"]);
      if (made.code !== 0) {
        expect(made.stderr).toContain("git tracks no Dockerfile");
        return;
      }
      seen.written += 1;
      if (made.stderr.includes("built from each other")) seen.leftOut += 1;
      const { findings, families } = JSON.parse((await clone.fanfold(["check", "--json"])).stdout);
      expect(findings.filter(({ severity }: { severity: string }) => severity === "error")).toEqual([]);
      if (families[0].waves.length > 0) seen.edges += 1;
      const planned = await clone.fanfold(["plan", "--force-all"]);
      expect({ code: planned.code, stderr: planned.stderr.match(/^.*error:.*$/gm) }).toEqual({ code: 0, stderr: null });
      const generated = await clone.fanfold(["generate"]);
      expect({ code: generated.code, stderr: generated.stderr.match(/^.*error:.*$/gm) }).toEqual({
        code: 0,
        stderr: null,
      });
    }),
    { numRuns: RUNS },
  );
  // It has seen what it is for.
  expect(seen.written).toBeGreaterThan(RUNS / 2);
  expect(seen.edges).toBeGreaterThan(RUNS / 20);
  if (RUNS > 1000) expect(seen.leftOut).toBeGreaterThan(0);
}, 3_600_000);
