import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { MatrixEntry } from "@fanfold/changed-backends";
import type { InputsConfig } from "@fanfold/changed-backends/internal";
import { load } from "js-yaml";

/** What is matched: the entries of one list, the rules, and the changed files. */
export interface MatchingInput {
  readonly name: string;
  readonly entries: readonly MatrixEntry[];
  readonly config: InputsConfig;
  readonly files: readonly string[];
}

const LANGUAGES = ["python", "golang", "rust", "llama-cpp"] as const;
const DIRECTORIES: Readonly<Record<string, string>> = {
  python: "python",
  golang: "go",
  rust: "rust",
  "llama-cpp": "cpp",
};
const ELSEWHERE = [
  "core/http",
  "core/config",
  "pkg/model",
  "pkg/downloader",
  "docs/content",
  "gallery",
  "tests/e2e",
  ".github/ci",
];

/** Seven globs an entry, of the kinds that repositories with many backends use: own directory, shared ones, one file. */
const CONFIG: InputsConfig = {
  inputs: [
    { paths: ["{dockerfile}", "backend/backend.proto", ".docker/**"] },
    ...LANGUAGES.map((language) => ({
      when: { dockerfile: `**/Dockerfile.${language}` },
      paths: [
        `backend/${DIRECTORIES[language]}/{backend}/**`,
        `backend/${DIRECTORIES[language]}/common/**`,
        `scripts/build/*-${language}.sh`,
      ],
      except: ["**/*_test.*"],
    })),
  ],
  ignore: ["**/*.md"],
  unmatched: "ignore",
};

/** 457 entries of 75 backends; a third of the backends has changes, the other files meet no rule. */
export function syntheticInput(): MatchingInput {
  const backends = Array.from({ length: 75 }, (_, n) => ({
    name: `backend-${n}`,
    language: LANGUAGES[n % 4] ?? "python",
  }));
  const entries = Array.from({ length: 457 }, (_, n): MatrixEntry => {
    const { name, language } = backends[n % backends.length] ?? { name: "none", language: "python" };
    return {
      backend: name,
      dockerfile: `./backend/Dockerfile.${language}`,
      context: "./",
      "tag-suffix": `-${n}-${name}`,
    };
  });
  return { name: "synthetic", entries, config: CONFIG, files: filesFor(entries) };
}

/** The same with the entries of a real matrix, when a checkout of the data lies beside this repository. */
export function realInput(): MatchingInput | undefined {
  const path = fileURLToPath(new URL("../../../../shared/data/backend-matrix.fanout.yml", import.meta.url));
  if (!existsSync(path)) return undefined;
  const document = load(readFileSync(path, "utf8"));
  const list = typeof document === "object" && document !== null && "include" in document ? document.include : [];
  const entries = Array.isArray(list) ? list.filter(isEntry) : [];
  return { name: "real matrix", entries, config: CONFIG, files: filesFor(entries) };
}

function isEntry(value: unknown): value is MatrixEntry {
  return (
    typeof value === "object" && value !== null && "tag-suffix" in value && typeof value["tag-suffix"] === "string"
  );
}

// 3,000 files: every second one somewhere no rule asks about, the rest in every third backend.
function filesFor(entries: readonly MatrixEntry[]): readonly string[] {
  const sources = [...new Set(entries.map(directoryOf))].filter((_, n) => n % 3 === 0);
  return Array.from({ length: 3000 }, (_, n) => {
    const leaf = `part-${n % 17}/module-${n}${n % 10 === 0 ? "_test" : ""}.py`;
    if (n % 2 === 0) return `${ELSEWHERE[n % ELSEWHERE.length]}/${leaf}`;
    return `${sources[(n >> 1) % sources.length]}/${leaf}`;
  });
}

function directoryOf(entry: MatrixEntry): string {
  const language = String(entry["dockerfile"]).split(".").at(-1) ?? "";
  return `backend/${DIRECTORIES[language] ?? language}/${entry["backend"]}`;
}
