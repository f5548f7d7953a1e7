import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { placesFor } from "../machine/places.ts";
import { ProgramFailure, runProgram } from "../machine/program.ts";

/** A Dockerfile by itself: how BuildKit's parser takes it apart, and whether it accepts it. */
export interface NodesQuestion {
  readonly kind: "nodes";
  readonly dockerfile: string;
}

/** Words with their variables filled in. */
export interface WordsQuestion {
  readonly kind: "words";
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly escape?: string;
}

/** What a build asks of its context, and which of these files it is then sent. */
export interface ReadsQuestion {
  readonly kind: "reads";
  readonly dockerfile: string;
  readonly target?: string;
  readonly args?: Readonly<Record<string, string>>;
  readonly platform?: string;
  /** `NAME=value` of every image that the file stands on. */
  readonly baseEnv?: readonly string[];
  /** A path each, and of a symbolic link what it points at. */
  readonly files?: readonly (readonly [path: string, target?: string])[];
  /** The text of the ignore file. */
  readonly ignore?: string;
}

export type OracleQuestion = NodesQuestion | WordsQuestion | ReadsQuestion;

export interface OracleNode {
  readonly command: string;
  readonly flags: readonly string[];
  readonly words: readonly string[];
  readonly json: boolean;
  /** Name and content in turn. */
  readonly heredocs: readonly string[];
  readonly start: number;
  readonly end: number;
}

export interface OracleAnswer {
  readonly error?: string;
  readonly syntax?: string;
  readonly nodes?: readonly OracleNode[];
  readonly valid?: boolean;
  readonly reads?: "nothing" | "everything" | "paths";
  readonly paths?: readonly string[];
  readonly sent?: readonly string[];
  /** Images that the result is made of, by their whole names: `docker.io/library/alpine:latest`. */
  readonly images?: readonly string[];
  /** `=` and the text, or `!` for one that is refused. */
  readonly texts?: readonly string[];
}

export interface BuildkitOracle {
  /** An answer for each question, in order. */
  ask(questions: readonly OracleQuestion[]): Promise<readonly OracleAnswer[]>;
}

const SOURCE = fileURLToPath(new URL("../../buildkit-oracle/", import.meta.url));

/**
 * BuildKit's own parser, converter and file filter, as a program that is built with Go once and kept in the test bed's
 * cache. It needs Go and its module proxy; where they are missing, `unavailable` says so.
 */
export async function buildkitOracle(): Promise<BuildkitOracle | { readonly unavailable: string }> {
  const { cache } = placesFor(process.env, homedir());
  const sources = await Promise.all(["main.go", "go.mod", "go.sum"].map((name) => readFile(join(SOURCE, name))));
  const version = createHash("sha256").update(Buffer.concat(sources)).digest("hex").slice(0, 16);
  const program = join(cache, "oracle", version);
  if (!existsSync(program)) {
    const draft = `${program}.${process.pid}`;
    await mkdir(join(cache, "oracle"), { recursive: true });
    try {
      await runProgram("go", ["build", "-trimpath", "-o", draft, "."], { cwd: SOURCE, timeout: 600_000 });
    } catch (error) {
      if (!(error instanceof ProgramFailure)) throw error;
      return { unavailable: `BuildKit's own reader cannot be built with Go: ${error.message}` };
    }
    await rename(draft, program);
  }
  return { ask: (questions) => answersOf(program, questions) };
}

function answersOf(program: string, questions: readonly OracleQuestion[]): Promise<readonly OracleAnswer[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [], { stdio: ["pipe", "pipe", "inherit"] });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", reject);
    child.on("close", () => {
      const lines = Buffer.concat(chunks).toString("utf8").trimEnd().split("\n");
      const answers = lines.map((line): OracleAnswer => JSON.parse(line));
      if (answers.length === questions.length) resolve(answers);
      else reject(new Error(`the oracle gave ${answers.length} answers to ${questions.length} questions`));
    });
    // A program that ended early says why on stderr; the broken pipe is no news beside it.
    child.stdin.on("error", () => {});
    child.stdin.end(questions.map((question) => `${JSON.stringify(question)}\n`).join(""));
  });
}
