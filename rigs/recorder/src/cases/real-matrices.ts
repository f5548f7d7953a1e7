import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Case, Sources } from "../bed/case.ts";
import { CONFIG, MATRIX } from "../bed/sample-families.ts";
import { SampleRepository } from "../bed/sample-repository.ts";

/** `darwin`: whether the matrix file has that list. */
function configOf(darwin: boolean): string {
  const rule = `  - matrices: [includeDarwin]
    paths: ["backend/python/{backend}/**", "scripts/build/**"]
`;
  const list = `  lists:
    includeDarwin: { uses: ./.github/workflows/darwin.yml, with: { backend: "{backend}" } }
`;
  return `matrix: .github/backend-matrix.yml
images: [quay.io/example/backends, ghcr.io/example/backends]
inputs:
  - paths: ["{dockerfile}"]
    matrices: [include]
  - when: { dockerfile: "**/Dockerfile.python" }
    paths: ["backend/python/{backend}/**", "backend/python/common/**"]
  - when: { dockerfile: "**/Dockerfile.golang" }
    unless: { backend: [whisper, piper] }
    paths: ["backend/go/{backend}/**", "pkg/grpc/**"]
    except: ["**/*_test.go"]
${darwin ? rule : ""}ignore: ["**/*.md", "docs/**"]
workflow:
  max-parallel: 8
  need-disk: 60GB
${darwin ? list : ""}`;
}

const darwin = `on:
  workflow_call:
    inputs:
      backend: { type: string, required: true }
permissions: {}
jobs: {}
`;

/** The matrix files of real projects, hundreds of entries long, with a config of our own. */
export function realMatrixCases({ data, skip }: Sources): readonly Case[] {
  const names =
    data !== undefined && existsSync(data)
      ? readdirSync(data).filter((name) => /^backend-matrix\..+\.yml$/.test(name))
      : [];
  if (data === undefined || names.length === 0) {
    skip("matrix files of real projects", "FANFOLD_DATA names no folder with backend-matrix.*.yml");
    return [];
  }
  return names.toSorted().map((name) => ({
    name: `real/${name.replace(/^backend-matrix\.|\.yml$/g, "")}`,
    run: async (bed) => {
      const text = readFileSync(join(data, name), "utf8");
      const repository = await SampleRepository.create(bed, {
        [MATRIX]: text,
        [CONFIG]: configOf(/^includeDarwin:/m.test(text)),
        ".github/workflows/darwin.yml": darwin,
        "backend/Dockerfile.python": "FROM alpine\n",
        "backend/Dockerfile.golang": "FROM alpine\n",
        "backend/python/vllm/run.py": "1\n",
        "backend/python/common/a.py": "1\n",
      });
      await repository.commit("vllm", { "backend/python/vllm/run.py": "2\n" });
      const at = text.lastIndexOf("tag-latest: 'auto'");
      await repository.commit("matrix", {
        [MATRIX]: `${text.slice(0, at)}tag-latest: 'false'${text.slice(at + "tag-latest: 'auto'".length)}`,
      });
      await bed.run("fanfold", ["plan", "--base", "HEAD~2", "--head", "HEAD~1"]);
      await bed.run("fanfold", ["plan", "--base", "HEAD~1"]);
      await bed.run("fanfold", ["plan", "--force-all", "--json"]);
      await bed.run("fanfold", ["plan", "--files-from", "-"], { stdin: "backend/python/common/a.py\nother\n" });
      await bed.run("fanfold", ["plan", "--force-all", "--shards", "multi=1,single=1"]);
      await bed.run("fanfold", ["check"]);
      await bed.run("fanfold", ["check", "--json"]);
      await bed.run("fanfold", ["split"]);
      await bed.run("fanfold", ["split", "--write"]);
      await bed.run("fanfold", ["generate"]);
      await bed.run("fanfold", ["generate", "--check"]);
      await bed.run("fanfold", ["explain", "vllm"]);
      await bed.run("fanfold", ["explain", "backend/python/common/a.py"]);
      await bed.run("fanfold", ["explain", "-cpu-vllm", "--json"]);
      await bed.run("changed-backends", ["--base", "HEAD~1"]);
      await bed.run("merge-matrix", [MATRIX]);
      await bed.run("merge-matrix", [MATRIX, "--min-legs", "1", "--json", "--strict"]);
    },
  }));
}
