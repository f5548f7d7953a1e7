import { posix } from "node:path";

const NAME = /^(?:Dockerfile|Containerfile)(?:[._-](?<after>.+))?$|^(?<before>.+)\.(?:dockerfile|containerfile)$/i;

// Templates, notes and ignore files; tests of a program that reads Dockerfiles.
const OTHER =
  /\.(?:dockerignore|template|tmpl|tpl|j2|jinja2?|erb|mustache|in|md|txt|orig|bak|swp|rej|patch|diff)$|_test(?:\.[^.]+)?$/i;

// Other people's files, and those of tests.
const ELSEWHERE = new Set(["vendor", "testdata", "node_modules"]);

/** Whether a path is called as Dockerfiles are that a repository builds images from; what is in it says the rest. */
export function isCalledDockerfile(path: string): boolean {
  const parts = path.split("/");
  const name = parts.at(-1) ?? "";
  return NAME.test(name) && !OTHER.test(name) && !parts.slice(0, -1).some((part) => ELSEWHERE.has(part));
}

/** `gpu` of `Dockerfile.gpu` and `gpu.Dockerfile`; empty: it is a plain `Dockerfile`. */
export function dockerfileVariant(path: string): string {
  const { after, before } = NAME.exec(posix.basename(path))?.groups ?? {};
  return after ?? before ?? "";
}
