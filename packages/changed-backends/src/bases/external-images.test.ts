import { expect, test } from "vitest";
import { basedEntries, type TestImage } from "../testing/image-family.ts";
import { externalImages } from "./external-images.ts";

/** What an image of this Dockerfile, beside `base`, takes from elsewhere: `repository:tag as context`; null: not known. */
function externalOf(dockerfile: string, rest: Partial<TestImage> = {}): readonly string[] | null {
  const [, found] = externalImages(basedEntries([{ name: "base" }, { name: "app", dockerfile, ...rest }]));
  return found?.map(({ repository, tag, context }) => `${repository}:${tag} as ${context}`) ?? null;
}

test.each<[string, readonly string[]]>([
  ["FROM alpine", ["docker.io/library/alpine:latest as alpine"]],
  ["FROM docker.io/library/alpine:3.20", ["docker.io/library/alpine:3.20 as alpine:3.20"]],
  ["ARG V=12\nFROM nvidia/cuda:$V", ["docker.io/nvidia/cuda:12 as nvidia/cuda:12"]],
  [
    "FROM alpine\nCOPY --from=ghcr.io/y/uv:1 /uv /\nRUN --mount=from=busybox,target=/b true",
    [
      "docker.io/library/alpine:latest as alpine",
      "ghcr.io/y/uv:1 as ghcr.io/y/uv:1",
      "docker.io/library/busybox:latest as busybox",
    ],
  ],
  // Stages that are not needed are not built.
  ["FROM debian AS unused\nFROM alpine", ["docker.io/library/alpine:latest as alpine"]],
  // What a context would take the place of is a stage.
  ["FROM alpine AS alpine\nFROM alpine", ["docker.io/library/alpine:latest as undefined"]],
])("%s", (dockerfile, expected) => {
  expect(externalOf(dockerfile)).toEqual(expected);
});

test.each([
  ["what never changes", `FROM alpine@sha256:${"a".repeat(64)}`],
  ["an image of the family", "FROM ghcr.io/x/base"],
  ["what it was built as before", "FROM ghcr.io/x/app:main"],
  ["nothing", "FROM scratch"],
])("%s is not watched", (_, dockerfile) => {
  expect(externalOf(dockerfile)).toEqual([]);
});

test("a context that is an image is one, under its name there", () => {
  const contexts = { tools: "docker-image://ghcr.io/y/tools:2", files: "./files" };
  expect(externalOf("FROM tools\nCOPY --from=files /a /", { contexts })).toEqual(["ghcr.io/y/tools:2 as tools"]);
});

test("where a name is not known, or nobody can read it, nothing is", () => {
  expect(externalOf("ARG BASE\nFROM $BASE")).toBeNull();
  expect(externalOf("FROM alpine", { unread: "unreadable" })).toBeNull();
});
