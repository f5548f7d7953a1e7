import { execFileSync, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import { COMMANDS, CommandClone } from "./command-clone.ts";

const there = spawnSync("tmux", ["-V"]).status === 0;
const clone = new CommandClone();
// Nothing listens there, which a table of what is published has to say as well.
const nowhere = 'images: ["localhost:1/{image}"]\nreuse: published\nworkflow: { branches: [topic] }\n';
writeFileSync(join(clone.path, ".github/fanfold.local.yml"), nowhere);
const SOCKET = `fanfold-${randomUUID()}`;

afterAll(() => {
  if (there) spawnSync("tmux", ["-L", SOCKET, "kill-server"]);
  clone[Symbol.dispose]();
});

interface Ended {
  readonly code: number;
  /** What was shown meanwhile, each state once. */
  readonly seen: readonly string[];
}

/** A real terminal of so many columns and 24 lines, with a shell in the clone. */
class Terminal {
  readonly #name = randomUUID();

  constructor(columns: number) {
    const size = ["-x", String(columns), "-y", "24"];
    const shell = "bash --norc --noprofile";
    this.#tmux("-f", "/dev/null", "new-session", "-d", "-s", this.#name, ...size, "-c", clone.path, shell);
    this.#tmux("set-option", "-g", "history-limit", "5000");
  }

  #tmux(...args: readonly string[]): string {
    const env = { ...clone.env, TERM: "xterm-256color", PS1: "", LANG: "C.UTF-8" };
    return execFileSync("tmux", ["-L", SOCKET, ...args], { encoding: "utf8", env });
  }

  /** Types a command line. Its end can be told from what it prints. */
  type(line: string): void {
    this.#tmux("send-keys", "-t", this.#name, "-l", `clear; ${line}; echo "ended:$?"`);
    this.#tmux("send-keys", "-t", this.#name, "Enter");
  }

  resize(columns: number): void {
    this.#tmux("resize-window", "-t", this.#name, "-x", String(columns), "-y", "24");
  }

  /** All that was printed. `joined`: lines that the terminal has wrapped are one; `escapes`: with colours, as escapes. */
  screen(...how: readonly ("joined" | "escapes")[]): string {
    const flags = how.map((each) => ({ joined: "-J", escapes: "-e" })[each]);
    return this.#tmux("capture-pane", "-p", "-S", "-", ...flags, "-t", this.#name);
  }

  /** Waits for the end, and gives what was shown meanwhile and the exit code. */
  async ended(watch: (screen: string) => void = () => {}): Promise<Ended> {
    const seen: string[] = [];
    for (const began = Date.now(); Date.now() - began < 60_000; await sleep(20)) {
      const screen = this.screen();
      const [, code] = /^ended:(\d+)$/m.exec(screen) ?? [];
      if (code !== undefined) return { code: Number(code), seen };
      if (seen.at(-1) !== screen) seen.push(screen);
      watch(screen);
    }
    throw new Error(`the command does not end:\n${this.screen()}`);
  }

  async run(line: string): Promise<Ended> {
    this.type(line);
    return await this.ended();
  }
}

const BAR = /\[[#-]{10,}\]/;

const lines = (screen: string): readonly string[] =>
  screen
    .trimEnd()
    .split("\n")
    .map((line) => line.trimEnd());

/** Lines that are wider than the terminal, as one. */
const wrapped = (terminal: Terminal): readonly string[] => {
  const shown = new Set(lines(terminal.screen()));
  return lines(terminal.screen("joined")).filter((line) => !shown.has(line));
};

// Bold, faint, the default colour, and colours that both a dark and a light background show; none is fixed to black or
// white, and no background is painted.
const READABLE = ["0", "1", "2", "22", "39", "49", "31", "32", "33", "36"];

/** The codes of all colours and weights on the screen. */
function coloursOf(terminal: Terminal): readonly string[] {
  const escapes = [...terminal.screen("escapes").matchAll(/\u001b\[([\d;]*)m/g)];
  return [...new Set(escapes.flatMap(([, codes = ""]) => codes.split(";")))];
}

const helps = Object.keys(COMMANDS).flatMap((name) => {
  const { stdout } = spawnSync(name, ["--help"], { env: clone.env, encoding: "utf8" });
  const [, list = ""] = /^Commands:\n([\s\S]*?)\n\n/m.exec(stdout) ?? [];
  const commands = [...list.matchAll(/^ {2}(?!help)([a-z-]+) /gm)].map(([, command = ""]) => command);
  return [`${name} --help`, ...commands.map((command) => `${name} ${command} --help`)];
});

if (!there) process.stderr.write("tmux is not there; tests of the terminal are skipped\n");

describe.skipIf(!there)("a real terminal (needs tmux)", () => {
  test("help: every line fits, and nothing has a colour that a background could swallow", async () => {
    expect(helps.length).toBeGreaterThan(20);
    const terminal = new Terminal(80);
    const { code } = await terminal.run(helps.join(" && "));
    expect(code).toBe(0);
    expect(terminal.screen()).toContain("Examples:");
    expect(wrapped(terminal)).toEqual([]);
    expect(terminal.screen("escapes")).not.toContain("\u001b");
  });

  test.each([
    ["fanfold plan", 0, "1 changed file"],
    ["fanfold explain whisper", 0, "whisper"],
    ["fanfold check --config .github/fanfold.yml", 0, "0 errors"],
    ["fanfold generate --check --config .github/fanfold.yml", 0, ""],
    ["disk-setup plan --need 60GB", 0, ""],
    ["fanfold status --config .github/fanfold.local.yml", 0, "STATE"],
    ["fanfold plan --jsno", 2, "unknown option '--jsno'"],
    ["fanfold plan --base nowhere", 1, "error:"],
  ])("%s", async (line, code, text) => {
    const terminal = new Terminal(80);
    expect((await terminal.run(line)).code).toBe(code);
    const screen = terminal.screen();
    expect(screen).toContain(text);
    expect(coloursOf(terminal).filter((code) => !READABLE.includes(code))).toEqual([]);
    // What was an escape before it was printed would be seen as text.
    expect(screen).not.toMatch(/\[\d*[KmJ]|\^\[/);
    // Findings and rules are as long as they are: what wraps them is the terminal, so that they can be copied whole.
    if (code !== 0 || line === "fanfold plan") expect(wrapped(terminal)).toEqual([]);
  });

  test.each([80, 40])("a bar of progress is one line of %s columns, and gone at the end", async (columns) => {
    const terminal = new Terminal(columns);
    const { code, seen } = await terminal.run("fanfold rehearse --engine layout --event tag");
    expect(code).toBe(0);
    const bars = seen.map((screen) => lines(screen).filter((line) => BAR.test(line)).length);
    expect(Math.max(...bars)).toBe(1);
    expect(terminal.screen()).not.toMatch(BAR);
    expect(terminal.screen()).not.toMatch(/\[\d*[KmJ]|\^\[/);
  });

  test("a terminal that gets narrow meanwhile keeps half of a bar at most", async () => {
    const terminal = new Terminal(80);
    terminal.type("fanfold rehearse --engine layout --event tag");
    let narrow = false;
    const { code, seen } = await terminal.ended((screen) => {
      if (narrow || !BAR.test(screen)) return;
      narrow = true;
      terminal.resize(40);
    });
    expect({ code, narrow }).toEqual({ code: 0, narrow: true });
    // tmux wraps the line anew. To clear both halves would clear a line of output where a terminal cuts it off instead.
    const bars = seen.map((screen) => lines(screen).filter((line) => BAR.test(line)).length);
    expect(Math.max(...bars)).toBeLessThanOrEqual(2);
    expect(lines(terminal.screen()).filter((line) => BAR.test(line)).length).toBeLessThanOrEqual(1);
    expect(terminal.screen()).not.toMatch(/\[\d*[KmJ]|\^\[/);
  });

  test("NO_COLOR takes the bar away", async () => {
    const terminal = new Terminal(80);
    const { code, seen } = await terminal.run("NO_COLOR=1 fanfold rehearse --engine layout --only kokoro");
    expect(code).toBe(0);
    expect(seen.filter((screen) => BAR.test(screen))).toEqual([]);
  });
});

describe.skipIf(!there)("a terminal of 40 columns (needs tmux)", () => {
  test("help is told in narrow lines; only examples and the address are wider", async () => {
    const terminal = new Terminal(40);
    const { code } = await terminal.run(helps.join(" && "));
    expect(code).toBe(0);
    const wide = wrapped(terminal).filter((line) => !/^Usage: |^ {2}(?:[a-z]| {2}[^ ])|https:/.test(line));
    expect(wide).toEqual([]);
  });
});
