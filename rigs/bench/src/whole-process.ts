import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { gitEnvironment, ScratchRepository, startGitHubStandIn } from "@fanfold-rigs/github-stand-in";
import { dump } from "js-yaml";
import {
  DOCKERFILES,
  ENTRIES,
  entry,
  FILES,
  inferenceSources,
  inferenceTexts,
  READ_BY_NAME,
} from "./input/dockerfiles.ts";

/** One push event, planned by whole processes: milliseconds from start to exit. */
export interface WholeProcessResult {
  readonly what: string;
  readonly entries: number;
  readonly changedFiles: number;
  /** Entries that `fanfold plan` selected. */
  readonly selected: number;
  readonly runs: number;
  /** Of `fanfold plan`. */
  readonly fanfold: Timing;
  /** Of a minimal script with js-yaml, @octokit/rest and prefixes. */
  readonly incumbent: Timing;
  /** Median of the one by median of the other. */
  readonly ratio: number;
}

interface Timing {
  readonly median: number;
  readonly fastest: number;
}

const FANFOLD = fileURLToPath(new URL("../../../packages/workflows/bin/fanfold.js", import.meta.url));
const INCUMBENT = fileURLToPath(new URL("incumbent.mjs", import.meta.url));

const CHANGED_FILES = 12;
const LANGUAGES = [
  ["python", "python"],
  ["golang", "go"],
  ["rust", "rust"],
  ["llama-cpp", "cpp"],
] as const;

/** A repository before and after the push. */
interface Push {
  readonly what: string;
  readonly starting: Readonly<Record<string, string>>;
  readonly changed: Readonly<Record<string, string>>;
  /** Prefixes find what Dockerfiles and rules do. */
  readonly alike: boolean;
}

/** Both in turns, so that what else the machine does meets both alike. Fanfold's packages must have been built. */
export async function benchWholeProcess(runs = 15): Promise<readonly WholeProcessResult[]> {
  const results: WholeProcessResult[] = [];
  for (const push of [rulesPush(), inferredPush()]) results.push(await benchPush(push, runs));
  return results;
}

async function benchPush(push: Push, runs: number): Promise<WholeProcessResult> {
  await using repository = await ScratchRepository.create();
  const before = await repository.commit({ files: push.starting });
  const after = await repository.commit({ files: push.changed });
  await repository.checkout(after);
  await using standIn = await startGitHubStandIn({ repository: repository.path, owner: "octo", name: "images" });

  const directory = mkdtempSync(join(tmpdir(), "fanfold-bench-"));
  try {
    const eventPath = join(directory, "event.json");
    const ref = "refs/heads/main";
    writeFileSync(
      eventPath,
      JSON.stringify({ ref, before, after, repository: { full_name: "octo/images", default_branch: "main" } }),
    );
    const run = async (script: string, ...args: readonly string[]): Promise<Run> => {
      const output = join(directory, "output");
      writeFileSync(output, "");
      const started = performance.now();
      const child = spawn(process.execPath, [script, ...args], {
        cwd: repository.path,
        env: {
          ...gitEnvironment(),
          GITHUB_API_URL: standIn.apiUrl,
          GITHUB_EVENT_NAME: "push",
          GITHUB_EVENT_PATH: eventPath,
          GITHUB_OUTPUT: output,
          GITHUB_REF: ref,
          GITHUB_REPOSITORY: "octo/images",
          GITHUB_SHA: after,
          GITHUB_TOKEN: "bench",
        },
        stdio: ["ignore", "ignore", "inherit"],
      });
      const [code] = await once(child, "exit");
      const milliseconds = performance.now() - started;
      if (code !== 0) throw new Error(`${script} exited with ${code}`);
      return { milliseconds, selected: selectedIn(readFileSync(output, "utf8")) };
    };
    return await alternate(
      push,
      runs,
      () => run(FANFOLD, "plan"),
      () => run(INCUMBENT),
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export function printWholeProcess(results: readonly WholeProcessResult[]): void {
  for (const result of results) printResult(result);
}

function printResult(result: WholeProcessResult): void {
  const { what, entries, changedFiles: files, selected, runs, fanfold, incumbent, ratio } = result;
  const row = (name: string, { median, fastest }: Timing): string =>
    `  ${name.padEnd(40)} ${median.toFixed(0).padStart(6)} ms median  ${fastest.toFixed(0).padStart(6)} ms fastest\n`;
  process.stdout.write(
    `${what}\n  ${entries} entries, ${files} changed files, ${selected} selected; ${runs} runs each, in turns\n${row("fanfold plan", fanfold)}${row("js-yaml, @octokit/rest, prefixes", incumbent)}  ratio ${ratio.toFixed(2)}\n`,
  );
}

interface Run {
  readonly milliseconds: number;
  readonly selected: readonly string[];
}

async function alternate(
  { what, alike }: Push,
  runs: number,
  fanfold: () => Promise<Run>,
  incumbent: () => Promise<Run>,
): Promise<WholeProcessResult> {
  // Once for the file cache of the system.
  const [first, other] = [await fanfold(), await incumbent()];
  if (first.selected.length === 0 || (alike && first.selected.join() !== other.selected.join())) {
    throw new Error(`fanfold selects ${first.selected.length} entries, the script ${other.selected.length}`);
  }
  const times: { readonly fanfold: number[]; readonly incumbent: number[] } = { fanfold: [], incumbent: [] };
  for (let run = 0; run < runs; run += 1) {
    times.fanfold.push((await fanfold()).milliseconds);
    times.incumbent.push((await incumbent()).milliseconds);
  }
  const [ours, theirs] = [timing(times.fanfold), timing(times.incumbent)];
  return {
    what,
    entries: ENTRIES,
    changedFiles: CHANGED_FILES,
    selected: first.selected.length,
    runs,
    fanfold: ours,
    incumbent: theirs,
    ratio: ours.median / theirs.median,
  };
}

function timing(milliseconds: readonly number[]): Timing {
  const sorted = milliseconds.toSorted((left, right) => left - right);
  return { median: sorted[Math.floor(sorted.length / 2)] ?? 0, fastest: sorted[0] ?? 0 };
}

/** The suffixes in the output `matrix`, in either form of the runner's file protocol. */
function selectedIn(output: string): readonly string[] {
  const [, json = "{}"] = /^matrix(?:=|<<.*\n)(.*)$/m.exec(output) ?? [];
  return [...json.matchAll(/"tag-suffix":"([^"]*)"/g)].map(([, suffix = ""]) => suffix);
}

function rulesPush(): Push {
  return {
    what: "rules in the config, four Dockerfiles",
    starting: startingFiles(),
    changed: changedFiles(),
    alike: true,
  };
}

/** No rules: what is read of 20,000 files stands in the Dockerfiles. */
function inferredPush(): Push {
  const sources = inferenceSources();
  const include = Array.from({ length: ENTRIES }, (_, index) => entry(index));
  return {
    what: `${DOCKERFILES} Dockerfiles read, content keys over ${FILES} files`,
    starting: {
      ".github/backend-matrix.yml": dump({ include }),
      ".github/fanfold.yml": "images: [quay.io/octo/images]\n",
      ...Object.fromEntries(inferenceTexts()),
      ...Object.fromEntries([...sources, ...READ_BY_NAME].map((path) => [path, `${path}\n`])),
    },
    changed: Object.fromEntries(sources.slice(0, CHANGED_FILES).map((path) => [path, "new\n"])),
    alike: false,
  };
}

function startingFiles(): Record<string, string> {
  const sources = Array.from({ length: 75 }, (_, backend) => [`${directoryOf(backend)}/run.txt`, `${backend}\n`]);
  return {
    ".github/backend-matrix.yml": matrixText(),
    ".github/fanfold.yml": configText(),
    ...Object.fromEntries(LANGUAGES.map(([language]) => [`backend/Dockerfile.${language}`, "FROM scratch\n"])),
    ...Object.fromEntries(sources),
  };
}

/** In three backends, and where no rule looks. */
function changedFiles(): Record<string, string> {
  const places = [directoryOf(0), directoryOf(5), directoryOf(10), "docs"];
  return Object.fromEntries(
    Array.from({ length: CHANGED_FILES }, (_, file) => [`${places[file % places.length]}/change-${file}.txt`, "new\n"]),
  );
}

function directoryOf(backend: number): string {
  const [, directory] = LANGUAGES[backend % LANGUAGES.length] ?? LANGUAGES[0];
  return `backend/${directory}/backend-${backend}`;
}

/** 457 entries of 75 backends with the keys that such matrices have, 144 of them in pairs. */
function matrixText(): string {
  const entries = Array.from({ length: ENTRIES }, (_, index) => {
    const paired = index < 144;
    const image = paired ? index >> 1 : index;
    const backend = image % 75;
    const architecture = paired && index % 2 === 1 ? "arm64" : "amd64";
    const [language] = LANGUAGES[backend % LANGUAGES.length] ?? LANGUAGES[0];
    return [
      `  - build-type: 'cublas'`,
      `    cuda-major-version: "12"`,
      `    cuda-minor-version: "8"`,
      `    platforms: 'linux/${architecture}'`,
      ...(paired ? [`    platform-tag: '${architecture}'`] : []),
      `    tag-latest: 'auto'`,
      `    tag-suffix: '-gpu-nvidia-cuda-12-backend-${backend}-${image}'`,
      `    runs-on: 'ubuntu-24.04${architecture === "arm64" ? "-arm" : ""}'`,
      `    base-image: "ubuntu:24.04"`,
      `    skip-drivers: 'false'`,
      `    backend: "backend-${backend}"`,
      `    dockerfile: "./backend/Dockerfile.${language}"`,
      `    context: "./"`,
      `    ubuntu-version: '2404'`,
    ].join("\n");
  });
  return `include:\n${entries.join("\n")}\n`;
}

function configText(): string {
  const rules = LANGUAGES.map(
    ([language, directory]) => `  - when: { dockerfile: "**/Dockerfile.${language}" }
    paths: ["backend/${directory}/{backend}/**", "backend/${directory}/common/**"]`,
  );
  return `images: [quay.io/octo/images]
inputs:
  - paths: ["{dockerfile}"]
${rules.join("\n")}
ignore: ["docs/**"]
`;
}
