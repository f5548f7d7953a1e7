import { programLine } from "@fanfold-internal/kit/process/program";
import { describe, expect, it } from "vitest";
import { testManifest } from "../testing/memory-store.ts";
import { assertBuildArguments, buildCommand, imagetoolsCommand } from "./buildx-command.ts";

describe("buildCommand", () => {
  const command = {
    platform: "linux/amd64",
    metadataFile: "/m.json",
    annotations: {},
    labels: {},
    buildArguments: ["--file", "Dockerfile", "."],
  };

  it("names all repositories in one exporter", () => {
    expect(buildCommand({ ...command, repositories: ["quay.io/a/b", "docker.io/a/b"] })).toEqual([
      "buildx",
      "build",
      "--platform",
      "linux/amd64",
      "--output",
      'type=image,"name=quay.io/a/b,docker.io/a/b",push-by-digest=true,name-canonical=true,push=true',
      "--metadata-file",
      "/m.json",
      "--file",
      "Dockerfile",
      ".",
    ]);
  });

  it("quotes only what needs it", () => {
    expect(buildCommand({ ...command, repositories: ["quay.io/a/b"] })).toContain(
      "type=image,name=quay.io/a/b,push-by-digest=true,name-canonical=true,push=true",
    );
  });
});

describe("annotations and labels", () => {
  it("are on the manifest, before the user's own", () => {
    const args = buildCommand({
      repositories: ["quay.io/a/b"],
      platform: "linux/amd64",
      metadataFile: "/m.json",
      annotations: { "io.github.fanfold.run-id": "7" },
      labels: { a: "b=c" },
      buildArguments: ["--annotation", "a=b", "."],
    });
    expect(args.slice(-7)).toEqual([
      "--annotation",
      "manifest:io.github.fanfold.run-id=7",
      "--label",
      "a=b=c",
      "--annotation",
      "a=b",
      ".",
    ]);
  });
});

describe("build arguments", () => {
  it.each([
    "-o",
    "-otype=oci",
    "-o=x",
    "--output",
    "--output=type=oci",
    "--push",
    "--push=false",
    "--load",
    "--load=true",
    "-t",
    "-tname",
    "-t=name",
    "--tag",
    "--tag=name",
    "--platform",
    "--platform=linux/arm64",
    "--metadata-file",
    "--metadata-file=f",
    "-qt",
    "-qDo",
  ])("%s is refused", (argument) => {
    expect(() => assertBuildArguments([".", argument])).toThrow(expect.objectContaining({ code: "invalid-options" }));
  });

  it.each([
    "-f",
    "-foot",
    "--file=Dockerfile",
    "-q",
    "-",
    ".",
    "--provenance=mode=max",
    "--sbom=true",
    "--target=t",
    "--progress",
    "--label=a=-t",
    "https://example.com/x.git#main",
  ])("%s is taken", (argument) => {
    expect(() => assertBuildArguments([argument])).not.toThrow();
  });
});

describe("imagetoolsCommand", () => {
  it("names tags and legs in one repository", () => {
    const leg = testManifest("x").descriptor;
    const args = imagetoolsCommand({
      repository: "quay.io/a/b",
      tags: [{ name: "v1", kind: "fixed" }],
      legs: [leg],
      annotations: { "org.opencontainers.image.version": "v1 beta" },
    });
    expect(programLine({ command: "docker", args })).toBe(
      `docker buildx imagetools create --annotation 'index:org.opencontainers.image.version=v1 beta' --tag quay.io/a/b:v1 quay.io/a/b@${leg.digest}`,
    );
  });
});
