import { expect, test } from "vitest";
import { repositoryFindings, repositoryName } from "./images.ts";

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
  expect(repositoryName(text)).toBe(name);
});

test.each([
  ["quay.io/example/backends:v1", "image-with-tag"],
  [`quay.io/x@sha256:${"0".repeat(64)}`, "image-with-tag"],
  ["quay.io/x@sha256:00", "bad-image-name"],
  ["ghcr.io/Example/x", "bad-image-name"],
  ["https://quay.io/x", "bad-image-name"],
  ["quay.io/", "bad-image-name"],
  ["-x", "bad-image-name"],
  ["a//b", "bad-image-name"],
  ["a b", "bad-image-name"],
  ["", "bad-image-name"],
  [`quay.io/${"x".repeat(256)}`, "bad-image-name"],
])("%j does not name a repository", (text, code) => {
  const at = { file: "x" };
  expect(repositoryName(text)).toBeUndefined();
  expect(repositoryFindings(text, at)).toMatchObject([{ code, severity: "error", at, fix: expect.any(String) }]);
});
