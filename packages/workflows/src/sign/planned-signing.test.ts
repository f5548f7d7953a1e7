import { expect, it, test } from "vitest";
import { WorkflowsError } from "../base/error.ts";
import { readFamily } from "../config/family.ts";
import { plannedSigning } from "./planned-signing.ts";
import { publicKeyFault } from "./public-key.ts";

const KEY = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\nabc+/12=\n-----END PUBLIC KEY-----\n";

async function signing(sign: unknown, key?: string) {
  const files: Readonly<Record<string, string | undefined>> = {
    ".github/fanfold.yml": JSON.stringify({
      images: ["quay.io/x/y"],
      sign,
      workflow: { branches: ["main"], tags: ["v*"] },
    }),
    ".github/backend-matrix.yml": JSON.stringify({ include: [{ "tag-suffix": "-x", backend: "x" }] }),
    ".github/cosign.pub": key,
  };
  const readInput = async (path: string): Promise<string> => {
    const text = files[path];
    if (text === undefined) throw new Error(`no such file: ${path}`);
    return text;
  };
  const family = await readFamily(
    { root: "/nowhere", readInput },
    { config: ".github/fanfold.yml", matrix: undefined },
  );
  const event = { name: "push", ref: "refs/heads/main", sha: null, defaultBranch: "main" };
  return plannedSigning({ event, readInput }, family, { GITHUB_REPOSITORY: "example/images" });
}

it("by an identity, by a key whose public half is in the plan, or not at all", async () => {
  expect(await signing(undefined)).toBeNull();
  expect(await signing("cosign")).toEqual({
    by: "cosign",
    key: null,
    public: null,
    "public-key": null,
    identity:
      "https://github\\.com/example/images/\\.github/workflows/backend_merge\\.yml@refs/(?:heads/(?:main)|tags/(?:v[^/]*))",
    issuer: "https://token.actions.githubusercontent.com",
  });
  expect(await signing({ cosign: "MY_KEY", public: ".github/cosign.pub" }, KEY)).toEqual({
    by: "cosign",
    key: "MY_KEY",
    public: ".github/cosign.pub",
    "public-key": KEY,
    identity: null,
    issuer: null,
  });
});

test.each([
  [undefined, /expected cosign's public key in \.github\/cosign\.pub, which cannot be read/],
  ["-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nabc\n", /which holds a private key/],
  ["key", /which does not hold one key/],
])("a public key that is none is refused before anything is built: %j", async (key, message) => {
  const error = await signing({ cosign: "MY_KEY", public: ".github/cosign.pub" }, key).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(WorkflowsError);
  expect(error).toMatchObject({ code: "unreadable-input", message: expect.stringMatching(message) });
});

test("what a public key looks like", () => {
  expect(publicKeyFault(KEY)).toBeUndefined();
  expect(publicKeyFault(KEY.replaceAll("\n", "\r\n"))).toBeUndefined();
  expect(publicKeyFault(KEY + KEY)).toMatch(/one key/);
  expect(publicKeyFault(`${KEY}${" ".repeat(20_000)}`)).toMatch(/20\d+ characters/);
});
