import { describe, expect, it } from "vitest";
import { compileInputs } from "../rules/input-rule.ts";
import { select } from "../rules/selection.ts";
import { build, matching, patternsOf, tree } from "../testing/inferred-files.ts";
import { Inference } from "./inference.ts";

describe("what git knows only a name of", () => {
  const submodule = { path: "vendor/lib", kind: "gitlink" } as const;
  const selects = (dockerfile: string, ignore?: string): boolean => {
    const texts = { Dockerfile: dockerfile, "x/y": "", ...(ignore === undefined ? {} : { ".dockerignore": ignore }) };
    const files = new Inference(tree(texts, submodule)).infer(build({ dockerfile: "Dockerfile" }));
    return matching(patternsOf({ ...files, repository: undefined }), ["vendor/lib"]).length === 1;
  };

  it.each([
    ["COPY vendor/*/y /", undefined],
    ["COPY */lib/src/*.c /", undefined],
    ["COPY **/y /", undefined],
    ["COPY x/y vendor/l*/y /", undefined],
    ["COPY . /", "*\n!vendor/lib/src\n"],
    ["COPY . /", "vendor/lib\n!**/*.h\n"],
    ["COPY vendor /", "**\n!vendor/*/src\n"],
  ])("a submodule counts where a pattern may mean something in it: %s", (copy, ignore) => {
    expect(selects(`FROM scratch\n${copy}\n`, ignore)).toBe(true);
  });

  it.each([
    ["COPY vendor/other*/y /", undefined],
    ["COPY *.c /", undefined],
    ["COPY . /", "vendor\n!vendor/other/src\n"],
    ["COPY . /", "*\n!x\n"],
  ])("and where none can, it does not: %s", (copy, ignore) => {
    expect(selects(`FROM scratch\n${copy}\n`, ignore)).toBe(false);
  });

  const selectsGone = (
    dockerfile: string,
    ignore: string | undefined,
    status: "removed" | "modified" | "changed",
  ): boolean => {
    const own = {
      Dockerfile: dockerfile,
      "vendor/other/y": "",
      ...(ignore === undefined ? {} : { ".dockerignore": ignore }),
    };
    const inference = new Inference(tree(own));
    const { lists } = select({
      lists: [{ name: "include", entries: [{ dockerfile: "Dockerfile", context: "." }] }],
      inputs: compileInputs({ inputs: [] }, { keys: new Set(), lists: ["include"] }).inputs,
      inferred: () => inference.infer(build({ dockerfile: "Dockerfile" })),
      files: [{ path: "vendor/lib", previousPath: null, status }],
      matrix: { path: "matrix.yml", bases: [] },
    });
    return lists[0]?.selected.length === 1;
  };

  it.each([
    ["COPY vendor/*/y /", undefined],
    ["COPY . /", "vendor/lib\n!vendor/lib/src\n"],
    ["COPY vendor /", "**\n!vendor/*/src\n"],
  ])("what went away may have been a submodule, or a link: %s", (copy, ignore) => {
    expect(selectsGone(`FROM scratch\n${copy}\n`, ignore, "removed")).toBe(true);
    // What is a file now and was none, too.
    expect(selectsGone(`FROM scratch\n${copy}\n`, ignore, "changed")).toBe(true);
    // A file that is there is what it is.
    expect(selectsGone(`FROM scratch\n${copy}\n`, ignore, "modified")).toBe(false);
  });

  it.each([
    ["COPY vendor/o*/y /", undefined],
    ["COPY . /", "vendor\n!vendor/other\n"],
  ])("and where a pattern cannot mean anything in it, it does not count: %s", (copy, ignore) => {
    expect(selectsGone(`FROM scratch\n${copy}\n`, ignore, "removed")).toBe(false);
    expect(selectsGone(`FROM scratch\n${copy}\n`, ignore, "changed")).toBe(false);
  });

  it("one that is longer than anybody writes is not read", () => {
    const text = `FROM scratch\n${"COPY f1 /\n".repeat(500_000)}`;
    const { exact, context } = new Inference(tree({ Dockerfile: text, f1: "", other: "" })).infer(
      build({ dockerfile: "Dockerfile" }),
    );
    expect(context?.label).toBe(
      "Dockerfile: it has more than 1 MiB, which nobody has written; write a rule or name the sources",
    );
    expect(matching(patternsOf({ exact, context, repository: undefined }), ["f1", "other"])).toEqual(["f1", "other"]);
  });

  it("a link's `..` is the folder above its end", () => {
    const links = [
      { path: "x/Dockerfile", kind: "link" },
      { path: "x/k", kind: "link" },
    ] as const;
    const texts = { "x/Dockerfile": "k/../D", "x/k": "../y/z", "y/z/q": "", "x/D": "FROM scratch\nCOPY no /\n" };
    const there = tree({ ...texts, "y/D": "FROM scratch\nCOPY a /\n", "x/a": "", "x/no": "" }, ...links);
    const files = new Inference(there).infer(build({ dockerfile: "x/Dockerfile", context: "x" }));
    expect(matching(patternsOf(files), ["x/a", "x/no", "x/k", "y/D"])).toEqual(["x/a", "x/k", "y/D"]);
  });

  it("an ignore file behind a link that cannot be read takes nothing away, and leaves no other in its place", () => {
    const texts = { Dockerfile: "FROM scratch\nCOPY . /\n", ".dockerignore": "*\n", "x/y": "" };
    const link = { path: "Dockerfile.dockerignore", kind: "link" } as const;
    const files = new Inference(tree(texts, link)).infer(build({ dockerfile: "Dockerfile" }));
    expect(matching(patternsOf(files), ["x/y"])).toEqual(["x/y"]);
  });

  it("a source behind a link that cannot be read may be any file, beside rules too", () => {
    const there = tree({ Dockerfile: "FROM scratch\nCOPY k /\n", "x/y": "" }, { path: "k", kind: "link" });
    const { exact } = new Inference(there).infer(build({ dockerfile: "Dockerfile" }));
    expect(matching(patternsOf({ exact, context: undefined, repository: undefined }), ["x/y"])).toEqual(["x/y"]);
  });

  it("an OCI layout in the repository is a folder that the build reads", () => {
    const there = tree({ Dockerfile: "FROM scratch\nCOPY --from=base / /\n", "l/index.json": "" });
    const contexts = new Map([["base", `oci-layout://./l:1@sha256:${"a".repeat(64)}`]]);
    const files = new Inference(there).infer(build({ dockerfile: "Dockerfile", contexts }));
    expect(matching(patternsOf(files), ["l/index.json"])).toEqual(["l/index.json"]);
  });

  it("long files are read in time that grows with them", () => {
    const many = Array.from({ length: 90_000 }, (_, index) => `COPY f${index % 10} /\n`).join("");
    const there = tree({ Dockerfile: `FROM scratch\n${many}`, f1: "" });
    expect(new Inference(there).infer(build({ dockerfile: "Dockerfile" })).exact.length).toBeGreaterThan(90_000);
    // Patterns that fit nothing, each beside thousands of others.
    const line = `COPY f1 ${Array.from({ length: 8000 }, (_, index) => `a${index}*`).join(" ")} /\n`;
    const beside = new Inference(tree({ Dockerfile: `FROM scratch\n${line.repeat(16)}`, f1: "" }));
    expect(beside.infer(build({ dockerfile: "Dockerfile" })).repository).toBeUndefined();
    const variables = Array.from({ length: 8000 }, (_, index) => `ENV A${index}=f1\nCOPY $A${index} /\n`).join("");
    const filled = new Inference(tree({ Dockerfile: `FROM scratch\n${variables}`, f1: "" }));
    expect(filled.infer(build({ dockerfile: "Dockerfile" })).context).toBeUndefined();
  });
});
