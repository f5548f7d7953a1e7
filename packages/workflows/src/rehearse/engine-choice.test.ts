import { describe, expect, it } from "vitest";
import { chooseEngine } from "./engine-choice.ts";
import type { ProgramResult, RunProgram } from "./program.ts";

/** A docker that answers these, by the first words after `docker`; all else fails. */
function docker(answers: Readonly<Record<string, ProgramResult>>): RunProgram {
  return async ([, ...args]) => {
    const found = Object.entries(answers).find(([words]) => args.join(" ").startsWith(words));
    return found?.[1] ?? { exitCode: 1, output: `unknown: ${args.join(" ")}\nsee docker --help\n` };
  };
}

const ok = (output: string): ProgramResult => ({ exitCode: 0, output });
const buildx = { "buildx version": ok("github.com/docker/buildx 0.29.1") };
const info = { info: ok("28.5.2") };

describe("without --engine", () => {
  it("docker, where an engine and a builder answer", async () => {
    const run = docker({ ...buildx, ...info, "buildx inspect": ok("Name:   b\nDriver: docker-container\n") });
    expect(await chooseEngine(undefined, run)).toEqual({
      engine: "docker",
      reason: "an engine answers, version 28.5.2",
    });
  });

  it.each<readonly [string, Readonly<Record<string, ProgramResult>>, RegExp]>([
    ["no docker", {}, /^no docker buildx here: unknown: buildx version$/],
    [
      "no program",
      { "buildx version": { exitCode: undefined, output: "spawn docker ENOENT" } },
      /spawn docker ENOENT$/,
    ],
    ["no engine", buildx, /^no engine answers: unknown: info/],
    [
      "no builder that pushes by digest",
      { ...buildx, ...info, "buildx inspect": ok("Name:   default\nDriver: docker\n\nNodes:\n") },
      /^docker's built-in builder cannot push by digest; docker buildx create --use/,
    ],
  ])("layouts, and why: %s", async (_name, answers, reason) => {
    expect(await chooseEngine(undefined, docker(answers))).toEqual({
      engine: "layout",
      reason: expect.stringMatching(reason),
    });
  });
});

it("--engine is obeyed, and nothing asked", async () => {
  const run: RunProgram = () => Promise.reject(new Error("asked"));
  expect(await chooseEngine("docker", run)).toEqual({ engine: "docker", reason: "as told by --engine" });
  expect(await chooseEngine("layout", run)).toHaveProperty("engine", "layout");
});
