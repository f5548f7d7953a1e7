import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { BASE_CODES, CHANGE_CODES, RULE_CODES } from "@fanfold/changed-backends/internal";
import { GROUP_CODES } from "@fanfold/merge-matrix/internal";
import { OUTPUT_CODES } from "@fanfold-internal/kit/process/outputs";
import { recordingHost } from "@fanfold-internal/kit/process/recording-host";
import { SHAPE_CODES, YAML_CODES } from "@fanfold-internal/kit/read/codes";
import { SLIP_CODES } from "@fanfold-internal/kit/read/yaml-slips";
import { IMAGE_LIST_CODES } from "@fanfold-internal/matrix/image-lists";
import { MATRIX_FILE_CODES } from "@fanfold-internal/matrix/matrix-file";
import { gitEnvironment } from "@fanfold-rigs/github-stand-in";
import { expect, test } from "vitest";
import { BAKE_CODES } from "./bake/bake-entries.ts";
import { CHECK_CODES, GENERATE_CODES, INPUT_CODES } from "./base/codes.ts";
import { main } from "./cli.ts";
import { CONFIG_CODES } from "./config/config.ts";
import { CONFIG_FILE_CODES } from "./config/config-files.ts";
import { ENTRY_KEY_CODES } from "./config/entry-keys.ts";
import { IDENTITY_CODES } from "./config/identity-checks.ts";
import { IMAGE_CODES } from "./config/image-checks.ts";
import { IMAGE_NAME_CODES } from "./config/images.ts";
import { METADATA_CODES } from "./config/metadata.ts";
import { GIT_TAG_CODES } from "./published/git-tags.ts";
import { TAG_CODES } from "./published/tag-findings.ts";
import { REUSE_CODES } from "./reuse/reuse-setting.ts";
import { SPLIT_CODES } from "./split/split-matrix.ts";

const PAGE = fileURLToPath(new URL("../../../docs/checks.md", import.meta.url));
const page = readFileSync(PAGE, "utf8");

/** Every code that a file of a repository can provoke, with its meaning. */
const CODES: Readonly<Record<string, string>> = {
  ...YAML_CODES,
  ...SHAPE_CODES,
  ...SLIP_CODES,
  ...OUTPUT_CODES,
  ...MATRIX_FILE_CODES,
  ...IMAGE_LIST_CODES,
  ...CHANGE_CODES,
  ...RULE_CODES,
  ...BASE_CODES,
  ...GROUP_CODES,
  ...CONFIG_CODES,
  ...CONFIG_FILE_CODES,
  ...BAKE_CODES,
  ...ENTRY_KEY_CODES,
  ...IMAGE_CODES,
  ...IMAGE_NAME_CODES,
  ...IDENTITY_CODES,
  ...METADATA_CODES,
  ...TAG_CODES,
  ...GIT_TAG_CODES,
  ...REUSE_CODES,
  ...INPUT_CODES,
  ...CHECK_CODES,
  ...GENERATE_CODES,
  ...SPLIT_CODES,
};

interface Block {
  readonly info: string;
  readonly text: string;
}

const blocksOf = (text: string): readonly Block[] =>
  [...text.matchAll(/^```([^\n]+)\n([\s\S]*?)^```$/gm)].map(([, info = "", body = ""]) => ({ info, text: body }));

const [, base = ""] = page.split("\n## The repository of the examples\n");
const BASE = blocksOf(base.split("\n## ")[0] ?? "");

/** Sections of one code each: its heading, its meaning, its files and the console. */
const examples = [...page.matchAll(/^### `([a-z-]+)`\n\n([^\n]+)\n([\s\S]*?)(?=^##)/gm)].map(
  ([whole, code = "", meaning = "", body = ""]) => ({ whole, code, meaning, blocks: blocksOf(body) }),
);

const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (.+) \| (.+) \|$/gm)].map(
  ([, code = "", meaning = "", why = ""]) => ({
    code,
    meaning,
    why,
  }),
);

interface Run {
  /** What the last command printed on standard error. */
  readonly printed: string;
  /** The codes of what it found; undefined: it has no --json. */
  readonly codes: readonly string[] | undefined;
}

/** A real repository with these files, in which commands run. */
async function run(files: readonly Block[], commands: readonly string[]): Promise<Run> {
  const root = mkdtempSync(join(tmpdir(), "fanfold-checks-"));
  const env = { ...process.env, ...gitEnvironment() };
  const git = (...args: readonly string[]) => execFileSync("git", args, { cwd: root, env });
  try {
    git("init", "-q", "-b", "main");
    for (const { info, text } of files) {
      const [kind, path = ""] = /^(\S+) (.+)$/.exec(info)?.slice(1) ?? [];
      if (kind === "submodule") continue;
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    // As a clone without Git LFS has it.
    git("-c", "filter.lfs.clean=cat", "-c", "filter.lfs.required=false", "add", "--all", "--ignore-errors");
    // Only the commit is known, as in a clone without submodules.
    for (const { info, text } of files.filter((file) => file.info.startsWith("submodule "))) {
      git("update-index", "--add", "--cacheinfo", `160000,${text.trim()},${info.slice("submodule ".length)}`);
    }
    let last: Run = { printed: "", codes: undefined };
    for (const command of commands) {
      if (!command.startsWith("fanfold ")) {
        execFileSync("bash", ["-c", command], { cwd: root });
        continue;
      }
      const host = recordingHost({ cwd: root, env: { ...gitEnvironment(), GITHUB_EVENT_NAME: "schedule" } });
      const json = command === "fanfold check";
      await main([...command.split(" ").slice(1), ...(json ? ["--json"] : [])], host);
      const found: CheckDocument = json ? JSON.parse(host.written.stdout) : undefined;
      last = { printed: host.written.stderr, codes: json ? found.findings.map(({ code }) => code) : undefined };
    }
    return last;
  } finally {
    rmSync(root, { recursive: true });
  }
}

interface CheckDocument {
  readonly findings: readonly { readonly code: string }[];
}

const commandsOf = (console: string): readonly string[] =>
  console.split("\n").flatMap((line) => (line.startsWith("$ ") ? [line.slice(2)] : []));

async function runExample({ blocks }: (typeof examples)[number]): Promise<Run> {
  const files = blocks.filter(({ info }) => info !== "console");
  const names = new Set(files.map(({ info }) => info.split(" ").slice(1).join(" ")));
  const kept = BASE.filter(({ info }) => !names.has(info.split(" ").slice(1).join(" ")));
  return run([...kept, ...files], commandsOf(blocks.find(({ info }) => info === "console")?.text ?? ""));
}

test("every code has an example, or a reason why there is none; with its meaning", () => {
  const documented = [...examples, ...rows];
  expect(documented.map(({ code }) => code).toSorted()).toEqual(Object.keys(CODES).toSorted());
  for (const { code, meaning } of documented) expect(`${code}: ${meaning}`).toBe(`${code}: ${CODES[code]}`);
  for (const { why } of rows) expect(why.length).toBeGreaterThan(10);
});

test("nothing is found in the repository of the examples", async () => {
  expect(await run(BASE, ["fanfold check"])).toEqual({ printed: "", codes: [] });
});

// These commands have no --json.
const WITHOUT_CODES = ["not-split", "file-in-the-way"];

test("each example prints what the page says, its own code among it; vitest -u writes it", async () => {
  let text = page;
  const strangers: string[] = [];
  for (const example of examples) {
    const { printed, codes } = await runExample(example);
    if (!(codes?.includes(example.code) ?? WITHOUT_CODES.includes(example.code))) strangers.push(example.code);
    const console = example.blocks.find(({ info }) => info === "console")?.text ?? "";
    const shown = [...commandsOf(console).map((command) => `$ ${command}\n`), printed].join("");
    text = text.replace(example.whole, () =>
      example.whole.replace(`\`\`\`console\n${console}\`\`\``, () => `\`\`\`console\n${shown}\`\`\``),
    );
  }
  expect(strangers, "examples that do not provoke their own code").toEqual([]);
  await expect(text).toMatchFileSnapshot(PAGE);
}, 300_000);
