import { buildkitOracle, type OracleNode } from "@fanfold-rigs/testbed";
import { describe, expect, it } from "vitest";
import { mutant, Random, randomText, randomWord } from "../testing/random-dockerfile.ts";
import { parseDockerfile } from "./dockerfile.ts";
import { type DockerfileNode, readNodes } from "./nodes.ts";
import { RefusedText } from "./refusal.ts";
import { UNKNOWN } from "./shell-pattern.ts";
import { expandWord } from "./word.ts";

const oracle = await buildkitOracle();
// `FANFOLD_LONG_TESTS=1` asks for as many as found the last differences.
const CASES = process.env["FANFOLD_LONG_TESTS"] === "1" ? 20_000 : 1500;

if ("unavailable" in oracle) console.warn(`skipped, the reader is not held against BuildKit's: ${oracle.unavailable}`);

/** A node in BuildKit's words. Of HEALTHCHECK it goes through bytes, and no path stands there. */
function comparable(nodes: readonly Omit<OracleNode, "heredocs">[]): unknown {
  return nodes.map((node) => {
    const command = [node.command, node.words[0] ?? ""].map((word) => word.toUpperCase());
    const checks = command[0] === "HEALTHCHECK" || (command[0] === "ONBUILD" && command[1] === "HEALTHCHECK");
    return checks ? { ...node, words: [] } : node;
  });
}

const INSTRUCTION =
  /^(?:ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|RUN|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR)$/i;

// BuildKit's third word of each pair says whether there was a `=`.
function theirWords(command: string, words: readonly string[]): readonly string[] {
  if (!INSTRUCTION.test(command)) return [];
  if (/^(?:ENV|LABEL)$/i.test(command)) return words.filter((_, index) => index % 3 !== 2);
  if (!/^ONBUILD$/i.test(command)) return words;
  const [inner, ...rest] = words;
  return inner === undefined ? [] : [inner, ...theirWords(inner, rest)];
}

function ourWords({ inner, words }: DockerfileNode): readonly string[] {
  return inner === undefined ? words : [inner.command, ...ourWords(inner)];
}

function ourNodes(text: string): unknown {
  try {
    const nodes = readNodes(text).nodes.map((node) => ({
      command: node.command,
      flags: node.flags,
      words: ourWords(node),
      json: node.json,
      heredocs: node.heredocs.flatMap(({ name, content }) => [name, content]),
      start: node.start,
      end: node.end,
    }));
    return comparable(nodes);
  } catch (error) {
    if (error instanceof RefusedText) return "refused";
    throw error;
  }
}

describe.skipIf("unavailable" in oracle)("the reader, held against BuildKit's own", () => {
  it("takes any text apart in the same way, and accepts and refuses the same", async () => {
    if ("unavailable" in oracle) throw new Error("skipped without one");
    const texts = Array.from({ length: CASES }, (_, seed) => {
      const random = new Random(seed);
      const text = randomText(random);
      return seed % 3 === 0 ? mutant(text, random) : text;
    });
    const answers = await oracle.ask(texts.map((dockerfile) => ({ kind: "nodes", dockerfile })));
    let accepted = 0;
    for (const [index, text] of texts.entries()) {
      const { nodes, valid = false, syntax } = answers[index] ?? expect.unreachable();
      const theirs = nodes?.map((node) => ({ ...node, words: theirWords(node.command, node.words) }));
      const parsed = parseDockerfile(text);
      expect({ text, nodes: ourNodes(text), accepts: parsed.kind === "dockerfile", syntax: parsed.syntax }).toEqual({
        text,
        nodes: theirs === undefined ? "refused" : comparable(theirs),
        accepts: valid,
        syntax,
      });
      if (valid) accepted += 1;
    }
    // Without enough good files the comparison would say little.
    expect(accepted / texts.length).toBeGreaterThan(0.1);
  });

  it("fills variables in the same way", async () => {
    if ("unavailable" in oracle) throw new Error("skipped without one");
    const words = Array.from({ length: CASES }, (_, seed) => randomWord(new Random(seed)));
    const environments: readonly Readonly<Record<string, string>>[] = [
      { A: "ab/c.d/*x", B: "" },
      { A: "", é: "y" },
      { B: "b/a?b", A: "aaa" },
    ];
    const cases = environments.flatMap((env) => ["\\", "`"].map((escaping) => ({ env, escaping })));
    const answers = await oracle.ask(
      cases.map(({ env, escaping }) => ({ kind: "words", words, env, escape: escaping })),
    );
    let refused = 0;
    for (const [index, { env, escaping }] of cases.entries()) {
      const { texts } = answers[index] ?? expect.unreachable();
      for (const [at, word] of words.entries()) {
        const ours = filledIn(word, env, escaping);
        // What would take too long is not known; it is never something else.
        if (ours.includes(UNKNOWN)) continue;
        expect([word, env, escaping, ours]).toEqual([word, env, escaping, texts?.[at]]);
        if (ours === "!") refused += 1;
      }
    }
    expect(refused / (cases.length * words.length)).toBeLessThan(0.6);
  });
});

function filledIn(word: string, env: Readonly<Record<string, string>>, escaping: string): string {
  try {
    return `=${expandWord(word, { escape: escaping, lookup: (name) => env[name] })}`;
  } catch (error) {
    if (error instanceof RefusedText) return "!";
    throw error;
  }
}
