import { describe, expect, it } from "vitest";
import { signCommand, verifyCommand } from "./cosign-command.ts";
import type { SigningPolicy } from "./policy.ts";

const reference = `quay.io/example/backends@sha256:${"a".repeat(64)}`;
const keyless: SigningPolicy = {
  kind: "keyless",
  identity: "https://github\\.com/o/r/x",
  issuer: "https://issuer.example",
};
const byKey: SigningPolicy = { kind: "key", variable: "MY_KEY", public: { file: "cosign.pub", text: "PEM" } };
const NEEDED = {
  PATH: "/bin",
  HOME: "/root",
  DOCKER_CONFIG: "/docker",
  https_proxy: "http://proxy:1",
  AWS_REGION: "eu",
};
const IDENTITY = { ACTIONS_ID_TOKEN_REQUEST_TOKEN: "t", ACTIONS_ID_TOKEN_REQUEST_URL: "https://token" };
const env = {
  ...NEEDED,
  ...IDENTITY,
  MY_KEY: "private",
  COSIGN_PASSWORD: "word",
  GITHUB_TOKEN: "ghs",
  ACTIONS_RUNTIME_TOKEN: "runtime",
  QUAY_TOKEN: "quay",
  NPM_TOKEN: "npm",
};
const ground = { env, references: [reference], plainHttp: false };

describe("cosign gets no more than it needs", () => {
  it("the job's identity only to sign with it", () => {
    expect(signCommand(keyless, ground)).toEqual({
      args: ["sign", "--yes", "--oidc-provider=github-actions", reference],
      env: { ...NEEDED, ...IDENTITY },
    });
    expect(verifyCommand(keyless, ground)).toEqual({
      args: [
        "verify",
        "--timeout=60s",
        "--certificate-identity-regexp=^(?:https://github\\.com/o/r/x)$",
        "--certificate-oidc-issuer=https://issuer.example",
        reference,
      ],
      env: NEEDED,
    });
  });

  it("the private key only to sign with it, by the variable's name", () => {
    expect(signCommand(byKey, ground)).toEqual({
      args: ["sign", "--yes", "--key=env://MY_KEY", "--use-signing-config=false", "--tlog-upload=false", reference],
      env: { ...NEEDED, MY_KEY: "private", COSIGN_PASSWORD: "word" },
    });
    expect(verifyCommand(byKey, ground)).toEqual({
      args: ["verify", "--timeout=60s", "--key=env://FANFOLD_PUBLIC_KEY", "--insecure-ignore-tlog=true", reference],
      env: { ...NEEDED, FANFOLD_PUBLIC_KEY: "PEM" },
    });
  });

  it("an empty password where there is none, so that it does not ask for one", () => {
    expect(signCommand(byKey, { ...ground, env: { MY_KEY: "private" } }).env).toEqual({
      MY_KEY: "private",
      COSIGN_PASSWORD: "",
    });
  });

  it("plain HTTP where that is said", () => {
    for (const command of [signCommand, verifyCommand]) {
      expect(command(byKey, { ...ground, plainHttp: true }).args).toContain("--allow-http-registry=true");
    }
  });
});
