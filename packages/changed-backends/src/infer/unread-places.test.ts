import { describe, expect, it } from "vitest";
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
    const many = Array.from({ length: 130_000 }, (_, index) => `COPY f${index % 10} /\n`).join("");
    const there = tree({ Dockerfile: `FROM scratch\n${many}`, f1: "" });
    expect(new Inference(there).infer(build({ dockerfile: "Dockerfile" })).exact.length).toBeGreaterThan(130_000);
    const variables = Array.from({ length: 8000 }, (_, index) => `ENV A${index}=f1\nCOPY $A${index} /\n`).join("");
    const filled = new Inference(tree({ Dockerfile: `FROM scratch\n${variables}`, f1: "" }));
    expect(filled.infer(build({ dockerfile: "Dockerfile" })).context).toBeUndefined();
  });
});
