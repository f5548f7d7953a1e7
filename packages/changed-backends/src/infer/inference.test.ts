import { describe, expect, it } from "vitest";
import { build, inferred, matching, patternsOf, tree } from "../testing/inferred-files.ts";
import { Inference } from "./inference.ts";

const FILES = ["src/a.ts", "src/b.md", "docs/x.md", "README.md", "vendor/lib/x"];

function wide(dockerfile: string, ignore?: string) {
  const files = FILES.map((path) => [path] as const);
  const { context, repository } = inferred({
    kind: "reads",
    dockerfile,
    files,
    ...(ignore === undefined ? {} : { ignore }),
  });
  return { context: context?.label, repository: repository?.label };
}

describe("what a build reads", () => {
  it("is named with the line and the source that says so", () => {
    const { exact, context, repository } = inferred({
      kind: "reads",
      dockerfile: "FROM alpine\nARG DIR=src\nCOPY $DIR /s/\nADD README.md https://x.test/y /\n",
      files: FILES.map((path) => [path]),
      ignore: "**/*.md\n!README.md\n",
    });
    expect(exact.map(({ label, pattern, named }) => `${label}: ${pattern.text}${named ? "" : " (below)"}`)).toEqual([
      "the Dockerfile: Dockerfile",
      "Dockerfile:3 COPY $DIR: src/** (below)",
      "the ignore file: Dockerfile.dockerignore",
      "the ignore file: .dockerignore",
      "Dockerfile:4 ADD README.md: README.md",
    ]);
    expect([context, repository]).toEqual([undefined, undefined]);
    expect(matching(patternsOf({ exact, context, repository }), FILES)).toEqual(["src/a.ts", "README.md"]);
  });

  it.each([
    ["COPY . /x", "Dockerfile:2 COPY . reads the whole context"],
    ["ADD ../.. /x", "Dockerfile:2 ADD ../.. reads the whole context"],
    ["COPY ./* /x/", "Dockerfile:2 COPY ./* reads the whole context"],
    ["COPY $MADE /x", "Dockerfile:2 COPY $MADE holds a value that nobody knows"],
    ["RUN --mount=target=/x true", "Dockerfile:2 RUN --mount=target=/x reads the whole context"],
    ["RUN --mount=type=tmpfs,target=/x true", "Dockerfile:2 RUN --mount=type=tmpfs,target=/x reads the whole context"],
    ["COPY src", "Dockerfile:2: BuildKit would refuse it: COPY takes at least a source and a destination"],
    ["COPY --from=later /a /a\nFROM alpine AS later", undefined],
  ])("%s: the whole context, and why", (line, label) => {
    const { context, repository } = wide(`FROM alpine\n${line}\n`);
    expect(context).toBe(label === undefined ? undefined : `${label}; write a rule or name the sources`);
    expect(repository).toBeUndefined();
  });

  it.each([
    ["# syntax=example.com/other\nFROM alpine", "the frontend example.com/other reads it"],
    ["FROM mcr.microsoft.com/windows/nanoserver:1\nCOPY src /x", "paths mean something else on Windows"],
    ["# escape=`\nFROM alpine\nCOPY src /x", "paths mean something else on Windows"],
  ])("%j: the whole context, and why", (text, why) => {
    expect(wide(text).context).toContain(why);
  });

  it("is the whole repository where git tracks no such source: it was made before the build", () => {
    expect(wide("FROM alpine\nCOPY dist/app /app\n").repository).toBe(
      "Dockerfile:2 COPY dist/app: git tracks no such file, so anything may have made it",
    );
    expect(wide("FROM alpine\nCOPY README.md yarn.lock* /\n").repository).toBeUndefined();
    expect(wide("FROM alpine\nCOPY yarn.lock* /\n").repository).toContain("git tracks no such file");
    expect(wide("FROM alpine\nCOPY .git /git\n")).toEqual({ context: undefined, repository: undefined });
  });

  it("leaves out what only other stages read", () => {
    const text =
      "FROM alpine AS a\nCOPY src /\nFROM alpine AS b\nCOPY docs /\nFROM alpine AS c\nCOPY --from=a /src /\n";
    const files = FILES.map((path) => [path] as const);
    const ours = (target?: string) =>
      matching(
        patternsOf(inferred({ kind: "reads", dockerfile: text, files, ...(target === undefined ? {} : { target }) })),
        FILES,
      );
    expect(ours()).toEqual(["src/a.ts", "src/b.md"]);
    expect(ours("B")).toEqual(["docs/x.md"]);
  });
});

describe("arguments", () => {
  const files = tree({ Dockerfile: "FROM alpine\nARG DIR=src\nCOPY $DIR /\n", "src/a": "", "lib/a": "" });
  const texts = (values: ReadonlyMap<string, string | null>, open: boolean) => {
    const question = build({ dockerfile: "Dockerfile", arguments: { values, open } });
    const { exact, context } = new Inference(files).infer(question);
    return context === undefined
      ? matching(
          exact.map(({ pattern }) => pattern),
          ["src/a", "lib/a"],
        )
      : "whole";
  };

  it("fill in sources; a default holds where no other argument can be given", () => {
    expect(texts(new Map(), false)).toEqual(["src/a"]);
    expect(texts(new Map([["DIR", "lib"]]), true)).toEqual(["lib/a"]);
  });

  it("that nobody knows leave the whole context", () => {
    expect(texts(new Map(), true)).toBe("whole");
    expect(texts(new Map([["DIR", null]]), false)).toBe("whole");
  });

  it("that a stage below has set may be set anew by the image that it stands on", () => {
    const text = (image: string) => `FROM ${image} AS below\nARG DIR=src\nFROM below\nCOPY $DIR /\n`;
    const read = (image: string) => {
      const { exact, context } = new Inference(tree({ Dockerfile: text(image), "src/a": "" })).infer(
        build({ dockerfile: "Dockerfile" }),
      );
      return context === undefined
        ? matching(
            exact.map(({ pattern }) => pattern),
            ["src/a"],
          )
        : "whole";
    };
    expect(read("alpine")).toBe("whole");
    expect(read("scratch")).toEqual(["src/a"]);
  });

  it("of the platform are those of each platform", () => {
    const both = tree({
      Dockerfile: "FROM scratch\nCOPY bin/$TARGETARCH /\n".replace("COPY", "ARG TARGETARCH\nCOPY"),
      "bin/amd64": "",
      "bin/arm64": "",
      "bin/s390x": "",
    });
    const { exact } = new Inference(both).infer(
      build({ dockerfile: "Dockerfile", platforms: ["linux/amd64", "linux/arm64/v8"] }),
    );
    const paths = ["bin/amd64", "bin/arm64", "bin/s390x"];
    expect(
      matching(
        exact.map(({ pattern }) => pattern),
        paths,
      ),
    ).toEqual(["bin/amd64", "bin/arm64"]);
  });

  it("that the Dockerfile does not see tell no two builds apart", () => {
    const inference = new Inference(files);
    const ask = (name: string) =>
      inference.infer(build({ dockerfile: "Dockerfile", arguments: { values: new Map([[name, "x"]]), open: false } }));
    expect(ask("OTHER")).toBe(ask("ANOTHER"));
    expect(ask("DIR")).not.toBe(ask("OTHER"));
  });
});

describe("links, submodules and places", () => {
  it("count with what they lead to", () => {
    const linked = tree(
      {
        "app/Dockerfile": "FROM alpine\nCOPY here /\n",
        here: "",
        "app/here": "../up/real",
        "app/up/real": "",
        "up/real": "",
      },
      { path: "app/here", kind: "link" },
    );
    const { exact, repository } = new Inference(linked).infer(build({ dockerfile: "app/Dockerfile", context: "app" }));
    const paths = ["app/here", "app/up/real", "up/real", "here"];
    // A link never leaves its context.
    expect(
      matching(
        exact.map(({ pattern }) => pattern),
        paths,
      ),
    ).toEqual(["app/here", "app/up/real"]);
    expect(repository).toBeUndefined();
  });

  it("of a Dockerfile and a context are followed", () => {
    const linked = tree(
      { Dockerfile: "docker/main", "docker/main": "FROM alpine\nCOPY a /\n", ctx: "real/./", "real/a": "" },
      { path: "Dockerfile", kind: "link" },
      { path: "ctx", kind: "link" },
    );
    const { exact } = new Inference(linked).infer(build({ dockerfile: "Dockerfile", context: "ctx" }));
    const paths = ["Dockerfile", "docker/main", "ctx", "real/a", "real/b"];
    expect(
      matching(
        exact.map(({ pattern }) => pattern),
        paths,
      ),
    ).toEqual(paths.slice(0, 4));
  });

  it("in a submodule are the submodule", () => {
    const submodule = tree({ Dockerfile: "FROM alpine\nCOPY vendor/x/y /\n" }, { path: "vendor/x", kind: "gitlink" });
    expect(new Inference(submodule).infer(build({ dockerfile: "Dockerfile" }))).toMatchObject({
      context: undefined,
      repository: undefined,
    });
    const inside = new Inference(submodule).infer(build({ dockerfile: "vendor/x/Dockerfile", context: "vendor/x" }));
    expect(inside.context?.pattern).toEqual({
      text: "vendor/x/**",
      alternatives: [{ kind: "under", directory: "vendor/x" }],
    });
  });

  it.each([
    ["https://example.com/r.git#main", "the context is https://example.com/r.git#main"],
    ["git@example.com:o/r.git", "the context is git@example.com:o/r.git"],
    ["../elsewhere", "git tracks no folder ../elsewhere"],
    ["missing", "git tracks no folder missing"],
  ])("outside the repository, as %s, leave nothing certain", (context, why) => {
    const { repository } = new Inference(tree({ Dockerfile: "FROM a\n" })).infer(
      build({ dockerfile: "Dockerfile", context }),
    );
    expect(repository?.label).toContain(why);
  });

  it("of named contexts are read whole, and may stand in the place of a stage", () => {
    const files = tree({
      Dockerfile: "FROM alpine AS base\nENV D=src\nFROM base\nCOPY $D /\n",
      "src/a": "",
      "other/a": "",
    });
    const { exact, context } = new Inference(files).infer(
      build({ dockerfile: "Dockerfile", contexts: new Map([["base", "./other"]]) }),
    );
    expect(
      matching(
        exact.map(({ pattern }) => pattern),
        ["other/a", "src/a"],
      ),
    ).toEqual(["other/a"]);
    expect(context?.label).toContain("holds a value that nobody knows");
  });

  it("beside a Dockerfile may hold an ignore file of its own, which holds alone", () => {
    const files = tree({
      "docker/app": "FROM alpine\nCOPY src /\n",
      "docker/app.dockerignore": "src/b\n",
      ".dockerignore": "src/a\n",
      "src/a": "",
      "src/b": "",
    });
    const { exact } = new Inference(files).infer(build({ dockerfile: "docker/app" }));
    const paths = ["src/a", "src/b", "docker/app.dockerignore", ".dockerignore"];
    expect(
      matching(
        exact.map(({ pattern }) => pattern),
        paths,
      ),
    ).toEqual(["src/a", "docker/app.dockerignore"]);
  });
});
