import type { Bed } from "../bed/bed.ts";
import type { Case, Sources } from "../bed/case.ts";
import { CONFIG, MATRIX, small, withDarwin, withWorkflow, workflowKeys } from "../bed/sample-families.ts";
import { SampleRepository } from "../bed/sample-repository.ts";

type Files = Readonly<Record<string, string>>;

const secondFamily: Files = {
  ...small,
  ".github/fanfold.server.yml":
    "matrix: .github/server.yml\nimages: [quay.io/example/server]\nworkflow: { name: server }\n",
  ".github/server.yml":
    'include:\n  - { backend: server, tag-suffix: "", platforms: linux/amd64, dockerfile: server/Dockerfile, context: server }\n',
  "server/Dockerfile": "FROM alpine\n",
};

/** Everything that is done about generated files: made, held against the config, changed by hand, taken away. */
async function generated(bed: Bed, repository: SampleRepository): Promise<void> {
  await bed.run("fanfold", ["generate", "--check"]);
  await bed.run("fanfold", ["generate"]);
  await bed.run("fanfold", ["generate", "--check"]);
  await repository.commit("generated");
  await bed.run("fanfold", ["check"]);
  await bed.run("fanfold", ["check", "--json"]);
  await bed.run("fanfold", ["plan", "--base", "HEAD~1"]);
  await bed.run("fanfold", ["generate"]);
}

/** Generated workflows, and the commands that write or judge files of a repository. */
export function generateCases({ inputs }: Sources): readonly Case[] {
  const families: Readonly<Record<string, Files>> = {
    small,
    darwin: withDarwin,
    "two-families": secondFamily,
    ...Object.fromEntries(Object.entries(workflowKeys).map(([name, keys]) => [name, withWorkflow(keys)])),
    everything: withWorkflow(Object.values(workflowKeys).join("")),
  };
  const made = Object.entries(families).map(([name, files]) => ({
    name: `generate/${name}`,
    run: async (bed: Bed) => generated(bed, await SampleRepository.create(bed, files)),
  }));
  const example: Case = {
    name: "generate/example",
    run: async (bed) => generated(bed, await SampleRepository.create(bed, {}, { from: `${inputs}/examples/backends` })),
  };
  const edited: Case = {
    name: "generate/edited-by-hand",
    run: async (bed) => {
      const repository = await SampleRepository.create(bed, withWorkflow(workflowKeys["need-disk"] ?? ""));
      await bed.run("fanfold", ["generate"]);
      const pull = ".github/workflows/backend_pr.yml";
      await repository.write({ [pull]: "name: mine\non: push\njobs: {}\n" });
      await bed.run("fanfold", ["generate", "--check"]);
      await bed.run("fanfold", ["generate"]);
      await repository.remove(pull);
      await repository.write({ [CONFIG]: `${small[CONFIG]}workflow: { name: other }\n` });
      await bed.run("fanfold", ["generate", "--check"], { env: { GITHUB_ACTIONS: "true" } });
      await bed.run("fanfold", ["generate"]);
      await bed.run("fanfold", ["generate", "--config", CONFIG]);
      await bed.run("fanfold", ["generate", "--config", "nowhere.yml"]);
    },
  };
  return [...made, example, edited, ...splitCases(), ...initCases()];
}

function splitCases(): readonly Case[] {
  const several = `# Kept.
include:
  # Also kept.
  - backend: a
    tag-suffix: "-a"
    platforms: 'linux/amd64,linux/arm64'
    runs-on: ubuntu-24.04
  - { backend: b, tag-suffix: "-b", platforms: "linux/amd64,linux/arm64", runs-on: ubuntu-24.04 } # flow
  - { backend: c, tag-suffix: "-c", platforms: [linux/amd64, linux/arm64], runs-on: ubuntu-24.04 }
  - { backend: d, tag-suffix: "-d", platforms: "linux/amd64,linux/arm/v7", runs-on: ubuntu-24.04 }
  - &e { backend: e, tag-suffix: "-e", platforms: "linux/amd64,linux/arm64", runs-on: [self-hosted, big] }
`;
  const kinds: Readonly<Record<string, Files>> = {
    several: { ...small, [MATRIX]: several },
    runners: { ...withWorkflow(workflowKeys["runners"] ?? ""), [MATRIX]: several },
    nothing: withDarwin,
    json: {
      ...small,
      [MATRIX]: '{"include": [{"backend": "a", "tag-suffix": "-a", "platforms": "linux/amd64,linux/arm64"}]}\n',
    },
  };
  return Object.entries(kinds).map(([name, files]) => ({
    name: `split/${name}`,
    run: async (bed: Bed) => {
      await SampleRepository.create(bed, files);
      await bed.run("fanfold", ["split"]);
      await bed.run("fanfold", ["split", "--write"]);
      await bed.run("fanfold", ["split"]);
      await bed.run("fanfold", ["check"]);
    },
  }));
}

function initCases(): readonly Case[] {
  const found: Readonly<Record<string, Files>> = {
    several: {
      "docs/Dockerfile": "FROM nginx\nCOPY . /usr/share/nginx/html\n",
      "docs/index.html": "x\n",
      "svc/Dockerfile": "FROM python\nCOPY pyproject.toml README.md ./\n",
      "svc/pyproject.toml": "x\n",
      "svc/README.md": "x\n",
      "src/a/Dockerfile": 'FROM alpine\nCOPY ["/src/a/", "A/"]\nCOPY ["/pb/demo.proto", "A/"]\n',
      "src/a/x": "x\n",
      "pb/demo.proto": "x\n",
      "tools/Dockerfile.lint": "FROM alpine\nADD x /\n",
      "tools/x": "x\n",
      "web.Dockerfile": "FROM scratch AS base\nFROM base\nCOPY --from=base / /\n",
      Containerfile: "FROM scratch\n",
    },
    one: { Dockerfile: "FROM alpine\nCOPY . /app\n", "README.md": "x\n" },
    nothing: { "README.md": "x\n" },
    "beside-a-matrix": { Dockerfile: "FROM alpine\n", [MATRIX]: small[MATRIX] ?? "" },
    "beside-a-config": { Dockerfile: "FROM alpine\n", [CONFIG]: "images: [quay.io/x/y]\n" },
  };
  return Object.entries(found).map(([name, files]) => ({
    name: `init/${name}`,
    run: async (bed: Bed) => {
      const repository = await SampleRepository.create(bed, files, { folder: "project" });
      const cwd = "project";
      await bed.run("fanfold", ["init", "--dry-run"], { cwd });
      if (name === "several") await repository.git("remote", "add", "origin", "https://github.com/Acme/Tools.git");
      await bed.run("fanfold", ["init"], { cwd });
      await bed.run("fanfold", ["init"], { cwd, env: { GITHUB_ACTIONS: "true" } });
      await repository.commit("init");
      await bed.run("fanfold", ["check"], { cwd });
      await bed.run("fanfold", ["plan", "--force-all"], { cwd });
      await bed.run("fanfold", ["generate"], { cwd });
    },
  }));
}
