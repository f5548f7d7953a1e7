import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ExampleClone } from "../testing/example-clone.ts";
import { pilotEntries, pilotMatrix } from "../testing/pilot-matrix.ts";
import type { Plan } from "./plan.ts";

// Hundreds of entries whose two Dockerfiles copy the whole repository, with rules in the place of that, and beside it what
// they name: scripts that no rule knows.

const dockerfile = (language: string): string => `ARG BASE_IMAGE=ubuntu:24.04
FROM \${BASE_IMAGE} AS builder
ARG BACKEND=x
RUN --mount=type=bind,source=.docker/apt-mirror.sh,target=/apt-mirror.sh sh /apt-mirror.sh
COPY .docker/install-${language}.sh /usr/local/bin/install.sh
COPY . /src
RUN make -C /src/backend/\${BACKEND}
FROM scratch
COPY --from=builder /src/out /
`;
const CONFIG = `images: [quay.io/example/backends]
inputs:
  - when: { dockerfile: "**/Dockerfile.python" }
    paths: ["backend/python/{backend}/**", "backend/python/common/**"]
  - when: { dockerfile: "**/Dockerfile.golang" }
    paths: ["backend/go/{backend}/**", "pkg/**"]
`;
const FILES = {
  ".github/backend-matrix.yml": pilotMatrix(),
  ".github/fanfold.yml": CONFIG,
  ".dockerignore": ".git\nmodels\n",
  ".docker/apt-mirror.sh": "true\n",
  ".docker/install-golang.sh": "true\n",
  ".docker/install-python.sh": "true\n",
  ".docker/unused.sh": "true\n",
  "backend/Dockerfile.golang": dockerfile("golang"),
  "backend/Dockerfile.python": dockerfile("python"),
  "backend/go/backend-4/main.go": "4\n",
  "backend/python/backend-7/run.py": "7\n",
  "backend/python/common/x.py": "x\n",
  "gallery/index.yaml": "x\n",
  "pkg/x.go": "x\n",
};

let clone: ExampleClone;
beforeAll(async () => {
  clone = await ExampleClone.create(FILES);
});
afterAll(() => clone[Symbol.asyncDispose]());

const ENTRIES = pilotEntries();
const isPython = ({ language }: (typeof ENTRIES)[number]): boolean => language === "python";

describe("a change of", () => {
  test.each<readonly [path: keyof typeof FILES, chosen: (entry: (typeof ENTRIES)[number]) => boolean, cause: string]>([
    ["backend/python/backend-7/run.py", (entry) => isPython(entry) && entry.backend === "backend-7", "inputs[0]"],
    ["backend/python/common/x.py", isPython, "inputs[0]"],
    ["pkg/x.go", (entry) => !isPython(entry), "inputs[1]"],
    [".docker/install-python.sh", isPython, "backend/Dockerfile.python:5 COPY .docker/install-python.sh"],
    [
      ".docker/apt-mirror.sh",
      () => true,
      "backend/Dockerfile.golang:4 RUN --mount=type=bind,source=.docker/apt-mirror.sh,target=/apt-mirror.sh",
    ],
    [".dockerignore", () => true, "the ignore file"],
    ["backend/Dockerfile.golang", (entry) => !isPython(entry), "the Dockerfile"],
    // What COPY . would read, and no rule names.
    ["gallery/index.yaml", () => false, ""],
    [".docker/unused.sh", () => false, ""],
  ])("%s", async (path, chosen, cause) => {
    await clone.repository.commit({ files: { [path]: `${FILES[path]}# more\n` } });
    await clone.repository.checkout("main");
    const { code, stdout } = await clone.fanfold(["plan", "--base", "HEAD~1", "--json"]);
    expect(code).toBe(0);
    const plan: Plan = JSON.parse(stdout);
    const expected = ENTRIES.filter(chosen).map(({ suffix, architecture }) => `${suffix} linux/${architecture}`);
    const planned = plan.matrices["include"]?.entries.map((entry) => `${entry["tag-suffix"]} ${entry["platforms"]}`);
    expect(planned).toEqual(expected);
    const causes = plan.causes.filter((each) => each.path === path);
    if (cause !== "") expect(causes.map(({ rule, inferred = rule }) => inferred)).toContain(cause);
  });
});

test("without inference, check finds what the Dockerfiles name and no rule knows, at its line", async () => {
  const without = async (config: string): Promise<readonly string[]> => {
    await clone.repository.commit({ files: { ...FILES, ".github/fanfold.yml": config } });
    await clone.repository.checkout("main");
    const { findings } = JSON.parse((await clone.fanfold(["check", "--json"])).stdout);
    return findings
      .filter(({ code }: { code: string }) => code === "source-without-rule")
      .map(
        ({ at, message }: { at: { file: string; line?: number }; message: string }) =>
          `${at.file}:${at.line ?? ""} ${message}`,
      );
  };
  const [python, golang] = [ENTRIES.filter(isPython).length, ENTRIES.filter((entry) => !isPython(entry)).length];
  const all = await without(`infer: false\n${CONFIG}`);
  expect(all).toEqual(
    expect.arrayContaining([
      `backend/Dockerfile.python:4 RUN --mount=type=bind,source=.docker/apt-mirror.sh,target=/apt-mirror.sh: no rule mentions .docker/apt-mirror.sh, which ${python} entries read`,
      `backend/Dockerfile.golang:5 COPY .docker/install-golang.sh: no rule mentions .docker/install-golang.sh, which ${golang} entries read`,
    ]),
  );
  expect(all.filter((line) => line.includes(".docker/"))).toHaveLength(4);
  expect(await without(CONFIG)).toEqual([]);
});
