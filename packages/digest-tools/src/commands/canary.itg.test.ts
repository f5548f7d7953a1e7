import { randomBytes } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";
import { writeRecord } from "../record/record-file.ts";
import { Stores } from "../stores/stores.ts";
import { planText, pushRealLegs, realLeg, recordOfLeg } from "../testing/real-leg.ts";
import { type Fault, RegistryStandIn, type Seen } from "../testing/registry-stand-in.ts";

const bin = fileURLToPath(new URL("../../bin/digest-tools.js", import.meta.url));
const REVISION = "6113728f27ae82c7b1a177c8d03f9e96e0adf246";

const random = (bytes: number) => randomBytes(bytes).toString("hex");
/** Longer than any message, of several lines, with all that JSON and addresses write in another way: like a key of Google's. */
const KEY = `{\n  "private_key": "-----BEGIN PRIVATE KEY-----\\n${random(300)}\\n",\n  "id": "ä/+&= ${random(8)}"\n}`;
const secrets = {
  password: `canary:${random(12)}"<&'%`,
  key: KEY,
  identity: `canary-${random(200)}`,
  helper: `canary-${random(12)}`,
  registry: `canary-${random(12)}`,
  issued: `canary.${random(500)}.${random(30)}`,
  proxy: `canary-${random(12)}`,
  signature: random(20),
};

type Challenge = "Basic" | "Bearer";
/** What the registry does with a request that is authorized. All its bodies and headers say what it was sent. */
const behaviours = ["takes all", "refuses", "breaks", "limits", "redirects", "cuts", "issues no token"] as const;
type Behaviour = (typeof behaviours)[number];

const logins: readonly (readonly [name: string, challenge: Challenge, config: (host: string) => object])[] = [
  ["a password", "Basic", (host) => ({ auths: { [host]: { auth: base64(`user:${secrets.password}`) } } })],
  ["a password for tokens", "Bearer", (host) => ({ auths: { [host]: { auth: base64(`user:${secrets.password}`) } } })],
  ["a key of many lines", "Bearer", (host) => ({ auths: { [host]: { auth: base64(`_json_key:${secrets.key}`) } } })],
  ["an identity token", "Bearer", (host) => ({ auths: { [host]: { identitytoken: secrets.identity } } })],
  ["a registry token", "Bearer", (host) => ({ auths: { [host]: { registrytoken: secrets.registry } } })],
  ["a helper", "Basic", (host) => ({ credHelpers: { [host]: "canary" } })],
];

const modes: readonly (readonly [name: string, args: readonly string[], env: Readonly<Record<string, string>>])[] = [
  ["in Actions", [], { GITHUB_ACTIONS: "true", RUNNER_DEBUG: "1", ACTIONS_STEP_DEBUG: "true" }],
  [
    "as JSON, debugging",
    ["--json", "--verbose"],
    { NODE_DEBUG: "http,https,net,tls,stream,undici,fetch,child_process", DEBUG: "*" },
  ],
  ["dry", ["--dry-run"], { NODE_DEBUG: "undici,fetch", DEBUG: "*" }],
];

let directory: string;
let registry: RegistryStandIn;
let pushed: ReadonlySet<string>;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "fanfold-canary-"));
  registry = await RegistryStandIn.start();
  const legs = ["amd64", "arm64"].map((architecture) => realLeg("canary", architecture));
  const image = `${registry.host}/team/backends`;
  const stores = new Stores({ env: {} });
  await pushRealLegs(stores.open(image), legs);
  await stores.close();
  pushed = new Set(registry.manifests.keys());
  for (const leg of legs) {
    const push = { tagSuffix: "-x", repositories: [image], revision: REVISION };
    await writeRecord(join(directory, "records"), recordOfLeg(leg, push));
  }
  await writeFile(join(directory, "plan.json"), planText({ images: [image], suffixes: ["-x"], revision: REVISION }));
  const helper = join(directory, "docker-credential-canary");
  await writeFile(helper, `#!/bin/sh\necho '${JSON.stringify({ Username: "user", Secret: secrets.helper })}'\n`);
  await chmod(helper, 0o755);
});
afterAll(async () => {
  await registry?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

function behave(challenge: Challenge, behaviour: Behaviour): RegistryStandIn["fault"] {
  return (seen, body) => {
    const sent = seen.headers.authorization ?? "nothing";
    const [scheme, given = ""] = sent.split(" ");
    const login = Buffer.from(given, scheme === "Basic" ? "base64" : "utf8");
    // As it came, without the padding of base64, in its spelling for addresses, in hex, and encoded once more.
    const spellings = [...encodings(login), ...encodings(sent)];
    const said = `you sent ${sent} ${spellings.join(" ")} and ${body.toString().slice(0, 2000)}`;
    const json = JSON.stringify({ errors: [{ code: "DENIED", message: said, detail: { said } }] });
    const echo = (status: number, headers: Readonly<Record<string, string>> = {}): Fault => ({
      status,
      headers: { ...headers, "x-said": encodeURIComponent(said) },
      body: json,
    });
    if (seen.target.startsWith("/token")) {
      if (behaviour === "issues no token") return echo(403);
      return { status: 200, headers: {}, body: JSON.stringify({ token: secrets.issued, expires_in: 300 }) };
    }
    if (seen.headers.authorization === undefined)
      return echo(401, { "www-authenticate": challengeOf(challenge, seen) });
    if (behaviour === "redirects" && seen.method !== "PUT") {
      if (seen.target.includes("X-Signature")) return undefined;
      return echo(307, { location: `${seen.target}?X-Signature=${secrets.signature}` });
    }
    if (seen.method !== "PUT") return undefined;
    if (behaviour === "refuses") return echo(403);
    if (behaviour === "breaks")
      return { status: 501, headers: { "content-type": "text/html" }, body: `<title>${said}` };
    if (behaviour === "limits") return echo(429, { "retry-after": "86400" });
    if (behaviour === "cuts" && seen.target.includes("main")) return { status: 400, body: said };
    return undefined;
  };
}

function challengeOf(challenge: Challenge, seen: Seen): string {
  if (challenge === "Basic") return 'Basic realm="canary"';
  return `Bearer realm="http://${seen.headers.host}/token",service="canary",scope="repository:team/backends:pull,push"`;
}

/** No part of a secret either, in no spelling. */
function expectSilent(output: string, secret: string, context: string): void {
  const logins = ["user:", "_json_key:", "<token>:"].map((user) => base64(`${user}${secret}`));
  const forms = [secret, ...logins, ...encodings(secret)];
  for (const form of forms) {
    for (const spelled of [form, encodeURIComponent(form), JSON.stringify(form).slice(1, -1)]) {
      for (let start = 0; start + 14 <= spelled.length; start += 7) {
        const part = spelled.slice(start, start + 14);
        if (/[0-9a-f]{6}|^[A-Za-z0-9+/_-]{14}$/.test(part))
          expect(output.includes(part), `${context}: ${part}`).toBe(false);
      }
    }
  }
}

it.each(logins)(
  "%s is in no output, whatever the registry says",
  async (login, challenge, config) => {
    const docker = join(directory, login.replaceAll(" ", "-"));
    await mkdir(docker);
    await writeFile(join(docker, "config.json"), JSON.stringify(config(registry.host)));
    let echoes = 0;
    for (const behaviour of behaviours) {
      registry.fault = behave(challenge, behaviour);
      for (const [mode, args, more] of modes) {
        const summary = join(docker, "summary.md");
        await writeFile(summary, "");
        const env = {
          PATH: [directory, process.env["PATH"]].join(delimiter),
          HOME: directory,
          DOCKER_CONFIG: docker,
          GITHUB_STEP_SUMMARY: summary,
          ...more,
        };
        const all = [bin, "merge-all", "--plan", "plan.json", "--record-dir", "records", ...args];
        for (const name of registry.manifests.keys()) if (!pushed.has(name)) registry.manifests.delete(name);
        const { exitCode, stdout, stderr } = await execa(process.execPath, all, {
          cwd: directory,
          env,
          extendEnv: false,
          reject: false,
        });
        const output = `${stdout}\n${stderr}\n${await readFile(summary, "utf8")}`;
        expect([0, 1], output).toContain(exitCode);
        if (output.includes("you sent")) echoes++;
        if (args.includes("--verbose"))
          expect(output).toMatch(/^debug: \w+ http:\/\/127\.0\.0\.1:\d+\/.*: \d+, \d+ ms/m);
        for (const [name, secret] of Object.entries(secrets)) {
          // Node's own log of requests names their addresses, which is what it is for.
          if (name === "signature" && "NODE_DEBUG" in more) continue;
          expectSilent(output, secret, `${login}, ${behaviour}, ${mode}, ${name}`);
        }
      }
    }
    // The registry's words are shown; it is the secrets in them that are not.
    expect(echoes).toBeGreaterThan(1);
  },
  120_000,
);

it("a proxy's password and a user's in an image name are in no output", async () => {
  const env = {
    PATH: process.env["PATH"],
    HOME: directory,
    HTTPS_PROXY: `http://user:${secrets.proxy}@127.0.0.1:1`,
    NODE_DEBUG: "undici,fetch,http,net",
  };
  const run = (...args: readonly string[]) =>
    execa(process.execPath, [bin, ...args], { cwd: directory, env, extendEnv: false, reject: false });
  const proxied = await run("inspect", "registry.invalid/team/backends:v1");
  expect([proxied.exitCode, proxied.stderr]).toEqual([1, expect.stringContaining("registry.invalid")]);
  const named = await run("inspect", `https://user:${secrets.password}@quay.io/team/backends:v1`);
  expect(named.exitCode).toBeGreaterThan(0);
  for (const { stdout, stderr } of [proxied, named]) {
    for (const secret of [secrets.proxy, secrets.password]) expectSilent(stdout + stderr, secret, stderr);
  }
}, 60_000);

function encodings(text: string | Buffer): readonly string[] {
  const bytes = Buffer.from(text);
  return [bytes.toString("base64"), bytes.toString("base64url"), bytes.toString("hex")];
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
