import { describe, expect, it, test } from "vitest";
import { bakeCommand, evaluatedTarget } from "./bake-command.ts";

const source = { file: "bake.json", target: "leg", allow: ["network.host"] };

describe("the arguments of docker", () => {
  const command = {
    ...source,
    repositories: ["quay.io/a/b", "ghcr.io/a/b"],
    platform: "linux/amd64",
    metadataFile: "/m.json",
    annotations: { a: "1" },
    labels: { "org.example.x": "b=c" },
  };
  const setsOf = (attests: readonly string[]): readonly string[] =>
    bakeCommand({ ...command, evaluated: { attests, usesActionsCache: false } }).filter((text) =>
      text.startsWith("leg."),
    );

  test("one exporter names all repositories, and the target's own tags are taken away", () => {
    expect(bakeCommand({ ...command, evaluated: { attests: [], usesActionsCache: false } }).slice(0, 8)).toEqual([
      "buildx",
      "bake",
      "--file",
      "bake.json",
      "--metadata-file",
      "/m.json",
      "--allow",
      "network.host",
    ]);
    expect(setsOf([])).toEqual([
      "leg.tags=",
      "leg.platform=linux/amd64",
      'leg.output=type=image,"name=quay.io/a/b,ghcr.io/a/b",push-by-digest=true,name-canonical=true,push=true',
      "leg.attest=type=provenance,mode=max",
      "leg.attest=type=sbom",
      "leg.annotations=manifest:a=1",
      "leg.labels.org.example.x=b=c",
    ]);
  });

  test("attestations that the target speaks for are left to it", () => {
    expect(setsOf(["sbom"])).toContain("leg.attest=type=provenance,mode=max");
    expect(setsOf(["sbom"]).filter((text) => text.includes("sbom"))).toEqual([]);
    expect(setsOf(["sbom", "provenance"]).filter((text) => text.includes("attest"))).toEqual([]);
  });
});

describe("what bake prints", () => {
  const printed = (target: object): string => JSON.stringify({ group: {}, target });

  it("says which attestations and caches a target has", () => {
    const leg = { attest: [{ type: "sbom", disabled: "true" }], "cache-to": [{ type: "gha" }] };
    expect(evaluatedTarget(printed({ leg }), source)).toEqual({ attests: ["sbom"], usesActionsCache: true });
    expect(evaluatedTarget(printed({ leg: {} }), source)).toEqual({ attests: [], usesActionsCache: false });
  });

  it("is of several targets for a group", () => {
    expect(() => evaluatedTarget(printed({ a: {}, b: {} }), source)).toThrow('"leg" is a group, which stands for a, b');
  });
});
