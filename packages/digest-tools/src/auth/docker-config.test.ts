import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { refusal } from "../testing/refusal.ts";
import { parseDockerConfig, readDockerConfig } from "./docker-config.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("parseDockerConfig", () => {
  it("reads what docker login writes, and much else that stands there", () => {
    const config = parseDockerConfig(
      JSON.stringify({
        auths: {
          "quay.io": { auth: base64("user:pass:with:colons") },
          "https://index.docker.io/v1/": { auth: base64("hub:token") },
          "plain.example": { username: "u", password: "p" },
          "identity.example": { auth: base64("00000000-0000:"), identitytoken: "refresh" },
          "bearer.example": { registrytoken: "bearer" },
          "helped.example": {},
          "quay.io/namespace": { auth: base64("ns:other") },
        },
        credHelpers: { "gcr.io": "gcloud" },
        credsStore: "desktop",
        HttpHeaders: { "User-Agent": "x" },
        currentContext: "default",
      }),
      "config.json",
    );
    const none = { username: "", password: "", identityToken: "", registryToken: "" };
    expect(Object.fromEntries(config.auths)).toEqual({
      "quay.io": { ...none, username: "user", password: "pass:with:colons" },
      "https://index.docker.io/v1/": { ...none, username: "hub", password: "token" },
      "index.docker.io": { ...none, username: "hub", password: "token" },
      "plain.example": { ...none, username: "u", password: "p" },
      "identity.example": { ...none, username: "00000000-0000", identityToken: "refresh" },
      "bearer.example": { ...none, registryToken: "bearer" },
      "helped.example": none,
      "quay.io/namespace": { ...none, username: "ns", password: "other" },
    });
    expect(config.credHelpers).toEqual(new Map([["gcr.io", "gcloud"]]));
    expect(config.credsStore).toBe("desktop");
  });

  it.each([
    ["https://host.example/v1/"],
    ["https://host.example/v2/"],
    ["http://host.example"],
    ["https://host.example/"],
    ["host.example/v1/"],
  ])("takes %s for its host", (key) => {
    expect(
      parseDockerConfig(JSON.stringify({ auths: { [key]: { auth: base64("a:b") } } }), "f").auths.get("host.example")
        ?.password,
    ).toBe("b");
  });

  it("prefers the host itself to its old address", () => {
    const auths = { "host.example": { auth: base64("a:new") }, "https://host.example/v1/": { auth: base64("a:old") } };
    expect(parseDockerConfig(JSON.stringify({ auths }), "f").auths.get("host.example")?.password).toBe("new");
  });

  it.each([
    ['{"auths": {"quay.io": {"auth": "canary', "it is not JSON"],
    ['["canary"]', "not a JSON object"],
    ['{"auths": ["canary"]}', "auths is not an object"],
    ['{"auths": {"quay.io": "canary"}}', 'auths["quay.io"] is not an object'],
    ['{"auths": {"quay.io": {"auth": 5, "password": "canary"}}}', 'auths["quay.io"].auth is not a string'],
    [
      `{"auths": {"quay.io": {"auth": "${base64("canary")}"}}}`,
      'auths["quay.io"].auth is not "user:password" in base64',
    ],
    ['{"credHelpers": {"quay.io": ["canary"]}}', 'credHelpers["quay.io"] is not a string'],
    ['{"credsStore": {"canary": 1}}', "credsStore is not a string"],
  ])("%s: an error that names the file and what is wrong, and nothing of what is in it", async (text, message) => {
    const error = await refusal(() => parseDockerConfig(text, "/home/u/.docker/config.json"));
    expect(error.code).toBe("docker-config");
    expect(error.message).toContain("/home/u/.docker/config.json: ");
    expect(error.message).toContain(message);
    expect(`${error.stack}${error.message}`).not.toContain("canary");
  });
});

describe("readDockerConfig", () => {
  it("refuses a pipe that nobody writes to at once", async () => {
    const directory = mkdtempSync(join(tmpdir(), "docker-config-"));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    execFileSync("mkfifo", [join(directory, "config.json")]);
    await expect(readDockerConfig(directory)).rejects.toThrow(/config\.json: .*cannot be read/);
    expect(await readDockerConfig(join(directory, "absent"))).toBeUndefined();
  });
});
