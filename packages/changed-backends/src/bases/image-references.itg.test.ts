import { buildkitOracle } from "@fanfold-rigs/testbed";
import { describe, expect, it } from "vitest";
import { parseDockerfile } from "../dockerfile/dockerfile.ts";
import { UNKNOWN } from "../dockerfile/shell-pattern.ts";
import { fitsParts } from "../infer/stages.ts";
import { randomBuild } from "../testing/random-build.ts";
import { Random } from "../testing/random-dockerfile.ts";
import { readImageName } from "./image-name.ts";
import { imageReferences } from "./image-references.ts";

const oracle = await buildkitOracle();
const CASES = process.env["FANFOLD_LONG_TESTS"] === "1" ? 20_000 : 600;

if ("unavailable" in oracle)
  console.warn(`skipped, names of bases are not held against BuildKit: ${oracle.unavailable}`);

const NAMES = [
  ...["img", "octo/img", "docker.io/img", "index.docker.io/octo/img:latest", "ghcr.io/o/img:1.2", "localhost:5000/img"],
  ...["ghcr.io/o/${V}", "ghcr.io/o/img:${W:-main}", `octo/img@sha256:${"a".repeat(64)}`, '"octo/img:1"', "library/img"],
];

/** The whole name, as BuildKit has it; what is not known in it stays so. */
function wholeName(text: string): string {
  const name = readImageName(text.replaceAll(UNKNOWN, "0unknown0"));
  if (name === undefined) return text;
  const { repository, tag, digest } = name;
  const rest = digest === undefined ? `:${tag ?? "latest"}` : `${tag === undefined ? "" : `:${tag}`}@${digest}`;
  return `${repository}${rest}`.replaceAll("0unknown0", UNKNOWN);
}

describe.skipIf("unavailable" in oracle)("images that a build asks for, held against BuildKit's converter", () => {
  it("none is missed, and few are named that nothing is made of", async () => {
    if ("unavailable" in oracle) throw new Error("skipped without one");
    const questions = Array.from({ length: CASES }, (_, seed) => {
      const random = new Random(seed);
      const question = randomBuild(random);
      // COPY and mounts take no variable there.
      const dockerfile = question.dockerfile
        .replace(
          /(--from=|from=)img\b/g,
          (_whole, flag: string) => `${flag}${random.pick(NAMES.filter((name) => !/[$"]/.test(name)))}`,
        )
        .replace(/^FROM img\b/gm, () => `FROM ${random.pick(NAMES)}`);
      return { ...question, dockerfile };
    });
    const answers = await oracle.ask(questions);
    const counts = { built: 0, asked: 0, more: 0 };
    for (const [index, question] of questions.entries()) {
      const { error, images = [] } = answers[index] ?? expect.unreachable();
      const dockerfile = parseDockerfile(question.dockerfile);
      if (error !== undefined || dockerfile.kind !== "dockerfile") continue;
      const references = imageReferences(dockerfile, {
        target: question.target,
        platforms: [question.platform ?? "linux/amd64"],
        arguments: { values: new Map(Object.entries(question.args ?? {})), open: false },
        contexts: new Map(),
      });
      const ours = references.map(({ text }) => wholeName(text));
      const missed = images.filter((image) => !ours.some((name) => fitsParts(image, name.split(UNKNOWN))));
      expect({ question, missed }).toEqual({ question, missed: [] });
      counts.built += 1;
      counts.asked += images.length;
      counts.more += ours.filter((name) => !images.some((image) => fitsParts(image, name.split(UNKNOWN)))).length;
    }
    expect(counts.built).toBeGreaterThan(CASES / 4);
    expect(counts.asked).toBeGreaterThan(CASES / 8);
    // A stage of which nothing is taken is asked for all the same.
    expect(counts.more).toBeLessThan(counts.asked);
  }, 1_800_000);
});
