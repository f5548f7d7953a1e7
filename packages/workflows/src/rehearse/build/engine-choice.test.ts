import { describe, expect, it } from "vitest";
import { chooseEngine, type Destination } from "./engine-choice.ts";
import type { ProgramResult, RunProgram } from "./program.ts";

/** A docker that answers these, by the first words after `docker`; all else fails. */
function docker(answers: Readonly<Record<string, ProgramResult>>): RunProgram {
  return async ([, ...args]) => {
    const found = Object.entries(answers).find(([words]) => args.join(" ").startsWith(words));
    return found?.[1] ?? { exitCode: 1, output: `unknown: ${args.join(" ")}\nsee docker --help\n`, stdout: "" };
  };
}

const ok = (output: string): ProgramResult => ({ exitCode: 0, output, stdout: output });
const buildx = { "buildx version": ok("github.com/docker/buildx 0.29.1") };
const graph = { ...buildx, info: ok('28.5.2 [["Backing Filesystem","extfs"]]\n') };
const containerd = { ...buildx, info: ok('29.1.5 [["driver-type","io.containerd.snapshotter.v1"]]\n') };
const builtIn = { "buildx inspect": ok("Name:   default\nDriver: docker\n\nNodes:\n") };
const own = { "buildx inspect": ok("Name:   b\nDriver: docker-container\n\nNodes:\n") };

type Answers = Readonly<Record<string, ProgramResult>>;

describe("without --engine", () => {
  it.each<readonly [string, Answers, Destination]>([
    ["a builder of one's own, for registries", { ...graph, ...own }, "registries"],
    ["a builder of one's own, for layouts", { ...graph, ...own }, "layouts"],
    ["the built-in builder with containerd's store, for layouts", { ...containerd, ...builtIn }, "layouts"],
    ["the built-in builder, for nothing", { ...graph, ...builtIn }, "nothing"],
  ])("docker: %s", async (_name, answers, destination) => {
    expect(await chooseEngine(undefined, destination, docker(answers))).toEqual({
      engine: "docker",
      reason: expect.stringMatching(/^an engine answers, version \d+\.\d+\.\d+$/),
    });
  });

  it.each<readonly [string, Answers, Destination, RegExp]>([
    ["no docker", {}, "layouts", /^no docker buildx here: unknown: buildx version$/],
    [
      "no program",
      { "buildx version": { exitCode: undefined, output: "spawn docker ENOENT", stdout: "" } },
      "layouts",
      /ENOENT$/,
    ],
    ["no engine", buildx, "layouts", /^no engine answers: unknown: info/],
    [
      "the built-in builder",
      { ...containerd, ...builtIn },
      "registries",
      /^docker's built-in builder cannot push by digest; /,
    ],
    ["its old store", { ...graph, ...builtIn }, "layouts", /^docker's built-in builder cannot export OCI layouts; /],
  ])("packed contexts, and why: %s", async (_name, answers, destination, reason) => {
    expect(await chooseEngine(undefined, destination, docker(answers))).toEqual({
      engine: "layout",
      reason: expect.stringMatching(reason),
    });
  });
});

it("--engine is obeyed, and nothing asked", async () => {
  const run: RunProgram = () => Promise.reject(new Error("asked"));
  expect(await chooseEngine("docker", "registries", run)).toEqual({ engine: "docker", reason: "as told by --engine" });
  expect(await chooseEngine("layout", "layouts", run)).toHaveProperty("engine", "layout");
});
