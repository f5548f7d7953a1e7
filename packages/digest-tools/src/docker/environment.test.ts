import { expect, test } from "vitest";
import { programEnvironment } from "./environment.ts";

const env = {
  PATH: "/bin",
  GITHUB_TOKEN: "t",
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: "canary",
  ACTIONS_ID_TOKEN_REQUEST_URL: "https://x",
  ACTIONS_RUNTIME_TOKEN: "canary",
  ACTIONS_RUNTIME_URL: "https://x",
  ACTIONS_CACHE_URL: "https://x",
};

test("what speaks for the job is withheld; GitHub's cache is for whoever uses it", () => {
  expect(Object.keys(programEnvironment(env))).toEqual(["PATH", "GITHUB_TOKEN", "ACTIONS_CACHE_URL"]);
  expect(Object.keys(programEnvironment(env, "actions-cache"))).toEqual([
    "PATH",
    "GITHUB_TOKEN",
    "ACTIONS_RUNTIME_TOKEN",
    "ACTIONS_RUNTIME_URL",
    "ACTIONS_CACHE_URL",
  ]);
});
