import type { MatrixEntry } from "@fanfold-internal/matrix/matrix-file";
import { describe, expect, it } from "vitest";
import { Inference } from "../infer/inference.ts";
import { RepositoryTree } from "../infer/tree.ts";
import { asWritten, buildQuestion } from "../inferred/build-question.ts";
import type { InferredInputs } from "./entry-rules.ts";
import { compileInputs, DEFAULT_INPUTS, type InputsConfig } from "./input-rule.ts";
import { type Cause, select } from "./selection.ts";

const NARROW = "FROM alpine\nCOPY src README.md /\n";
const WIDE = "FROM alpine\nCOPY api/go.mod /\nCOPY . /\n";
const MADE = "FROM alpine\nCOPY api/main.go /\nCOPY dist/app /\n";

function inferredFrom(texts: Readonly<Record<string, string>>): InferredInputs {
  const files = [...Object.keys(texts), "src/a", "src/x.md", "README.md", "api/go.mod", "api/main.go", "docs/x.md"];
  const tree = new RepositoryTree(
    files.map((path) => ({ path, kind: "file" })),
    new Map(Object.entries(texts)),
  );
  const inference = new Inference(tree);
  return (entry, list) => {
    const question = buildQuestion(entry, list, asWritten);
    return question === undefined ? undefined : inference.infer(question);
  };
}

/** Which of the entries a change selects, and why: `x: file (rule or line)`. */
function causes(
  entries: readonly MatrixEntry[],
  changed: readonly string[],
  { config = DEFAULT_INPUTS, dockerfile = NARROW }: { config?: InputsConfig; dockerfile?: string } = {},
): readonly string[] {
  const lists = [{ name: "include", entries }];
  const known = { keys: new Set(["backend", "dockerfile", "context"]), lists: ["include"] };
  const { causes: found } = select({
    lists,
    inputs: compileInputs(config, known).inputs,
    inferred: inferredFrom({ Dockerfile: dockerfile }),
    files: changed.map((path) => ({ path, previousPath: null, status: "modified" })),
    matrix: { path: "matrix.yml", bases: [] },
    known: ["fanfold.yml"],
  });
  return found.map(
    ({ entry, path, rule, inferred }: Cause) => `${entries[entry]?.["backend"]}: ${path} (${inferred ?? rule})`,
  );
}

const X: MatrixEntry = { backend: "x", dockerfile: "Dockerfile" };

describe("without any config", () => {
  it("what the Dockerfile reads is the only rule", () => {
    expect(causes([X], ["src/a"])).toEqual(["x: src/a (Dockerfile:2 COPY src)"]);
    expect(causes([X], ["api/main.go"])).toEqual([]);
    expect(causes([X], ["Dockerfile"])).toEqual(["x: Dockerfile (the Dockerfile)"]);
    expect(causes([X], [".dockerignore"])).toEqual(["x: .dockerignore (the ignore file)"]);
  });

  it("the whole context counts where it is read, but not what counts by value", () => {
    expect(causes([X], ["docs/x.md"], { dockerfile: WIDE })).toEqual([
      "x: docs/x.md (Dockerfile:3 COPY . reads the whole context; write a rule or name the sources)",
    ]);
    expect(causes([X], ["fanfold.yml", "matrix.yml"], { dockerfile: WIDE })).toEqual([]);
  });

  it("the whole repository counts where something was made before", () => {
    const api = { ...X, dockerfile: "Dockerfile", context: "api" };
    expect(causes([api], ["src/a"], { dockerfile: MADE.replaceAll("api/", "") })).toEqual([
      "x: src/a (Dockerfile:3 COPY dist/app: git tracks no such file, so anything may have made it)",
    ]);
  });

  it("an entry's own paths take the place of all that is not named", () => {
    const own = { ...X, paths: ["api/**"] };
    expect(causes([own], ["docs/x.md"], { dockerfile: WIDE })).toEqual([]);
    expect(causes([own], ["api/go.mod"], { dockerfile: WIDE })).toEqual([
      "x: api/go.mod (paths)",
      "x: api/go.mod (Dockerfile:2 COPY api/go.mod)",
    ]);
    expect(causes([own], ["docs/x.md"], { dockerfile: MADE })).toEqual([]);
  });
});

describe("with rules", () => {
  const forAll: InputsConfig = { inputs: [{ paths: ["docs/**"] }] };
  const forX: InputsConfig = { inputs: [{ when: { backend: "x" }, paths: ["docs/**"] }] };

  it("what is named is an input beside them", () => {
    expect(causes([X], ["src/a"], { config: forX })).toEqual(["x: src/a (Dockerfile:2 COPY src)"]);
    expect(causes([X], ["docs/x.md"], { config: forX })).toEqual(["x: docs/x.md (inputs[0])"]);
  });

  it("a rule for some entries takes the place of the whole context, one for everybody adds", () => {
    const y = { ...X, backend: "y", "tag-suffix": "-y" };
    expect(causes([X, y], ["api/main.go"], { config: forX, dockerfile: WIDE }).map((text) => text[0])).toEqual(["y"]);
    expect(causes([X, y], ["api/main.go"], { config: forAll, dockerfile: WIDE }).map((text) => text[0])).toEqual([
      "x",
      "y",
    ]);
    expect(causes([X, y], ["api/go.mod"], { config: forX, dockerfile: WIDE }).map((text) => text[0])).toEqual([
      "x",
      "y",
      "y",
    ]);
  });

  it("ignore takes away what lies below a source, and nothing that is named by its own path", () => {
    const ignoring: InputsConfig = { ...forX, ignore: ["**/*.md"] };
    expect(causes([X], ["src/x.md"], { config: ignoring })).toEqual([]);
    expect(causes([X], ["README.md"], { config: ignoring })).toEqual(["x: README.md (Dockerfile:2 COPY README.md)"]);
    expect(causes([X], ["docs/x.md"], { config: { ...ignoring, inputs: [] }, dockerfile: WIDE })).toEqual([]);
  });

  it("infer: false turns it off", () => {
    expect(causes([X], ["src/a"], { config: { ...forX, infer: false } })).toEqual([]);
  });
});
