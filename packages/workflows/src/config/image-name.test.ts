import { expect, test } from "vitest";
import { fullImageName, imageNameFlaw } from "./image-name.ts";

test.each([
  ["quay.io/example/backends", "quay.io/example/backends"],
  ["ghcr.io/a/b/c_d__e.f-g--h", "ghcr.io/a/b/c_d__e.f-g--h"],
  ["localhost/x", "localhost/x"],
  ["127.0.0.1:5000/x", "127.0.0.1:5000/x"],
  ["[::1]:5000/x", "[::1]:5000/x"],
  ["registry:5000/x", "registry:5000/x"],
  ["GHCR.io/x", "ghcr.io/x"],
  ["user/x", "docker.io/user/x"],
  ["x", "docker.io/library/x"],
  ["docker.io/user/x", "docker.io/user/x"],
])("%s is %s", (text, name) => {
  expect(fullImageName(text)).toBe(name);
});

test.each([
  ["quay.io/example/backends:v1", /tag/],
  ["quay.io/x@sha256:00", /digest/],
  ["ghcr.io/Example/x", /capital/],
  ["https://quay.io/x", /address/],
  ["quay.io/", /no name/],
  ["-x", /no name/],
  ["a//b", /no name/],
  ["a b", /no name/],
  ["", /no name/],
  [`quay.io/${"x".repeat(255)}`, /263 characters/],
])("%j is no repository's name", (text, flaw) => {
  expect(fullImageName(text)).toBeUndefined();
  expect(imageNameFlaw(text)).toMatch(flaw);
});
