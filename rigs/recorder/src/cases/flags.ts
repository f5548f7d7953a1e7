import type { Bed, StepOptions } from "../bed/bed.ts";
import type { Case } from "../bed/case.ts";
import { CONFIG, small, withDarwin } from "../bed/sample-families.ts";
import { SampleRepository } from "../bed/sample-repository.ts";

type Args = readonly string[];

/** Flags that say what changed; both commands take them. */
const changes: Readonly<
  Record<string, { readonly args: Args; readonly stdin?: string; readonly env?: StepOptions["env"] }>
> = {
  default: { args: [] },
  base: { args: ["--base", "HEAD~2"] },
  "base-and-head": { args: ["--base", "HEAD~2", "--head", "HEAD~1"] },
  "base-unknown": { args: ["--base", "nowhere"] },
  "head-unknown": { args: ["--base", "HEAD", "--head", "nowhere"] },
  "head-without-base": { args: ["--head", "HEAD~1"] },
  "force-all": { args: ["--force-all"] },
  "force-all-by-environment": { args: [], env: { FORCE_ALL: "true" } },
  "force-all-of-one": { args: [], env: { FORCE_ALL: "1" } },
  only: { args: ["--only", "piper"] },
  "only-two": { args: ["--only", "piper,whisper"] },
  "only-unknown": { args: ["--only", "pipper"] },
  "only-of-a-suffix": { args: ["--only=-cpu-piper"] },
  "files-from-input": { args: ["--files-from", "-"], stdin: "backend/python/common/base.py\nREADME.md\n" },
  "files-from-nul": { args: ["--files-from", "-"], stdin: "backend/go/piper/a.go\0odd\nname\0" },
  "files-from-nothing": { args: ["--files-from", "-"], stdin: "" },
  "files-from-file": { args: ["--files-from", "changed.txt"] },
  "files-from-nowhere": { args: ["--files-from", "nowhere.txt"] },
  "files-from-matrix": { args: ["--files-from", "-"], stdin: ".github/backend-matrix.yml\n" },
  "files-from-config": { args: ["--files-from", "-"], stdin: `${CONFIG}\n` },
  "files-from-outside": { args: ["--files-from", "-"], stdin: "../x\n/etc/passwd\n" },
  "files-from-spaces": { args: ["--files-from", "-"], stdin: "backend/go/piper/a.go backend/python/whisper/run.py\n" },
  "files-from-json": { args: ["--files-from", "-"], stdin: '["backend/go/piper/a.go"]\n' },
  "files-from-status": { args: ["--files-from", "-"], stdin: "M\tbackend/go/piper/a.go\n" },
  "files-from-backslashes": { args: ["--files-from", "-"], stdin: "backend\\go\\piper\\a.go\r\n" },
  "files-from-unmatched": { args: ["--files-from", "-"], stdin: "some/other/file\nbackend/go/piper/a_test.go\n" },
  "shards-enough": { args: ["--force-all", "--shards", "multi=2,single=3"] },
  "shards-none": { args: ["--force-all", "--shards", "multi=0,single=1"] },
  "shards-of-no-list": { args: ["--force-all", "--shards", "multi=1,single=1,other-multi=1"] },
  "shards-wrong": { args: ["--shards", "multi=x"] },
  "two-ways": { args: ["--base", "HEAD~1", "--files-from", "-"] },
  "unknown-flag": { args: ["--bse", "HEAD~1"] },
  "matrix-elsewhere": { args: ["--matrix", "nowhere.yml"] },
  "event-without-file": { args: ["--event-name", "push"] },
};

const bare: Readonly<Record<string, Args>> = {
  fanfold: [],
  "fanfold-help": ["--help"],
  "fanfold-unknown": ["plann"],
  "fanfold-plan-help": ["plan", "--help"],
  "fanfold-check-help": ["check", "--help"],
  "fanfold-generate-help": ["generate", "--help"],
  "fanfold-version": ["--version"],
  "fanfold-plan-config-elsewhere": ["plan", "--config", "nowhere.yml"],
  "fanfold-explain-nothing": ["explain"],
};

const subjects: Readonly<Record<string, string>> = {
  path: "backend/python/whisper/run.py",
  "path-excepted": "backend/go/piper/a_test.go",
  "path-ignored": "README.md",
  "path-unmatched": "some/other/file",
  "path-of-dockerfile": "backend/Dockerfile.golang",
  "path-of-matrix": ".github/backend-matrix.yml",
  backend: "whisper",
  "backend-left-out": "silent",
  suffix: "-cpu-piper",
  "suffix-unknown": "-cpu-pipper",
  image: "quay.io/example/backends",
  unknown: "pipper",
};

async function commits(bed: Bed, family: Readonly<Record<string, string>>): Promise<SampleRepository> {
  const repository = await SampleRepository.create(bed, { ...family, "changed.txt": "backend/go/silent/a.go\n" });
  await repository.commit("python", { "backend/python/whisper/run.py": "2\n" });
  await repository.commit("golang", { "backend/go/piper/a.go": "2\n", "README.md": "y\n" });
  return repository;
}

/** What is asked for by flags, right and wrong; and why things are selected. */
export function flagCases(): readonly Case[] {
  const families = { small, darwin: withDarwin };
  const planned = Object.entries(families).flatMap(([family, files]) =>
    Object.entries(changes).map(([name, { args, stdin = "", env = {} }]) => ({
      name: `flags/${family}-${name}`,
      run: async (bed: Bed) => {
        await commits(bed, files);
        await bed.run("fanfold", ["plan", "--json", ...args], { stdin, env: { ...env, GITHUB_ACTIONS: "true" } });
        if (family !== "small") return;
        await bed.run("fanfold", ["plan", ...args], { stdin, env });
        await bed.run("changed-backends", ["--inputs", "rules.yml", ...args], { stdin, env });
      },
    })),
  );
  const commands = Object.entries(bare).map(([name, args]) => ({
    name: `flags/${name}`,
    run: async (bed: Bed) => {
      await commits(bed, small);
      await bed.run("fanfold", args);
    },
  }));
  const explained = Object.entries(subjects).map(([name, subject]) => ({
    name: `explain/${name}`,
    run: async (bed: Bed) => {
      await commits(bed, withDarwin);
      await bed.run("fanfold", ["explain", subject]);
      await bed.run("fanfold", ["explain", "--force-all", subject]);
      await bed.run("fanfold", ["explain", "--json", "--base", "HEAD~2", subject]);
    },
  }));
  return [...planned, ...commands, ...explained, outsideCase(), withoutConfigCase()];
}

function outsideCase(): Case {
  return {
    name: "flags/outside-of-any-repository",
    run: async (bed) => {
      await bed.write(small);
      for (const args of [
        ["plan"],
        ["check"],
        ["init"],
        ["generate"],
        ["explain", "whisper"],
        ["plan", "--force-all"],
      ]) {
        await bed.run("fanfold", args);
      }
      await bed.run("changed-backends", []);
    },
  };
}

function withoutConfigCase(): Case {
  return {
    name: "flags/without-config",
    run: async (bed) => {
      const repository = await commits(bed, small);
      await repository.git("rm", "--quiet", CONFIG);
      await repository.commit("no config", { "backend/go/piper/a.go": "3\n" });
      await bed.run("fanfold", ["plan"]);
      await bed.run("fanfold", ["plan", "--base", "HEAD~2", "--json"]);
      await bed.run("fanfold", ["check"]);
      await bed.run("fanfold", ["generate"]);
      await bed.run("changed-backends", []);
      await bed.run("changed-backends", ["--json"], { cwd: "backend" });
    },
  };
}
