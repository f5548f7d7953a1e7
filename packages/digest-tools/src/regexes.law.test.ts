import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { readChallenge } from "./auth/challenge.ts";
import { parseDockerConfig } from "./auth/docker-config.ts";
import { readRateLimit } from "./http/rate-limit.ts";
import { isTag, parseReference, withoutUser } from "./oci/reference.ts";
import { readFaults } from "./registry/response.ts";

// Everything in these rooms may meet text that a stranger wrote: a regular expression that looks at a row of characters
// from each of its places takes minutes for what fits into one answer, and nothing else happens meanwhile.
const ROOMS = ["auth", "hosts", "http", "oci", "registry"];
// The short one first: what is exponential would never come to the end of the long one.
const LENGTHS = [28, 30_000];
/** What is linear takes under a millisecond, what is quadratic seconds. In between lies the noise of a busy machine. */
const ENOUGH_MS = 400;
const TEST_MS = 60_000;

const sources = ROOMS.flatMap((room) =>
  readdirSync(join(import.meta.dirname, room))
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => join(room, name)),
);
const literals = sources.flatMap((file) => literalsIn(file).map((literal) => [file, literal] as const));

/** Beginnings that lead into a pattern, and pieces that are repeated in it. */
const BEGINNINGS = ["", "x", "allowed: 1", "allowed:", "retry-after: ", "12:34", "https://", "u:", "Basic ", 'a="'];

describe("a regular expression", () => {
  it("is found in these rooms, or this looks in the wrong place", () => {
    expect(literals.length).toBeGreaterThan(25);
  });

  it.each(literals)("of %s is linear: %s", { timeout: TEST_MS }, (_, literal) => {
    const [, body = "", flags = ""] = /^\/(.*)\/([a-z]*)$/s.exec(literal) ?? [];
    // What stands in the pattern itself, by which its middle is reached.
    const words = body.match(/(?:[<>:=@/ -]|\w{2,})+/g) ?? [];
    for (const beginning of [...BEGINNINGS, ...words]) {
      for (const piece of [...piecesFor(body), ...words]) {
        for (const length of LENGTHS) {
          const text = `${beginning}${piece.repeat(length / piece.length)}\u0001`;
          const took = () => elapsed(() => text.replace(new RegExp(body, flags), ""));
          const context = JSON.stringify([beginning, piece, length]);
          const ms = took();
          expect(ms < ENOUGH_MS ? ms : Math.min(took(), took()), context).toBeLessThan(ENOUGH_MS);
        }
      }
    }
  });
});

describe("a reader of foreign text", () => {
  it.each<[name: string, read: (text: string) => unknown]>([
    ["an error page", (text) => readFaults("text/html", text)],
    ["an error", (text) => readFaults("application/json", text)],
    ["an error's fields", (text) => readFaults("", JSON.stringify({ errors: [{ code: text, detail: text }] }))],
    ["a limit's header", (text) => readRateLimit(text, "", 0)],
    ["a limit's text", (text) => readRateLimit(undefined, text, 0)],
    ["a challenge", (text) => readChallenge(text)],
    ["a Docker config", (text) => quietly(() => parseDockerConfig(text, "config.json"))],
    ["a login", (text) => quietly(() => parseDockerConfig(loginOf(text), "config.json"))],
    ["a name", (text) => quietly(() => parseReference(text))],
    ["a tag", (text) => isTag(text)],
    ["a name with a user", (text) => withoutUser(text)],
  ])("of %s is done at once", { timeout: TEST_MS }, (_, read) => {
    const pieces = ["<title", "<title>", "1", "9.", " ", "\t\n", "a", "A=", 'a="', "\\", ",", ":", "@", "a:@/", "://"];
    const more = ["[", '{"a":', "allowed: ", "retry-after: 1", "-", "_", "__", "\0", "u:@", "Bearer ", "é", "1:11"];
    for (const piece of [...pieces, ...more]) {
      for (const beginning of ["", "x", "u:", 'Bearer a="']) {
        const text = `${beginning}${piece.repeat(100_000 / piece.length)}`;
        expect(
          elapsed(() => read(text)),
          JSON.stringify([beginning, piece]),
        ).toBeLessThan(2 * ENOUGH_MS);
      }
    }
  });
});

function literalsIn(file: string): readonly string[] {
  const text = readFileSync(join(import.meta.dirname, file), "utf8");
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest));
  return found;
}

/** Single characters and pairs of what the pattern is about. */
function piecesFor(body: string): readonly string[] {
  const own = [...new Set(body.replace(/\\[dsSwWb]/g, ""))].filter((char) => !"()[]{}|^$?*+".includes(char));
  const chars = [...new Set(["0", "a", " ", ...own])].slice(0, 14);
  return [...chars, ...chars.flatMap((one) => chars.slice(0, 6).map((other) => one + other))];
}

function loginOf(text: string): string {
  return JSON.stringify({ auths: { [text]: { auth: Buffer.from(`u:${text}`).toString("base64") } } });
}

function quietly(work: () => unknown): void {
  try {
    work();
  } catch {
    // That it refuses is right; how long it takes is what matters here.
  }
}

/** Milliseconds of this process's own work: how busy the machine is does not count. */
function elapsed(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
