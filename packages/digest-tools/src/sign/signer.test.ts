import type { ProgramEnd, ProgramRun } from "@fanfold-internal/kit/process/program";
import { describe, expect, it } from "vitest";
import type { Digest } from "../oci/descriptor.ts";
import { digestOf } from "../oci/digest.ts";
import { refusal } from "../testing/refusal.ts";
import type { SigningPolicy } from "./policy.ts";
import { signaturesOf } from "./signatures.ts";
import { CosignSigner } from "./signer.ts";

const REPOSITORY = "quay.io/example/backends";
const byKey: SigningPolicy = { kind: "key", variable: "MY_KEY", public: { file: "cosign.pub", text: "PEM" } };
const keyless: SigningPolicy = { kind: "keyless", identity: "^x$", issuer: "https://issuer.example" };
const digests: readonly Digest[] = ["one", "two", "three"].map((text) => digestOf(Buffer.from(text)));

/** A cosign that keeps its signatures in memory. `failures`: what `sign` fails with, first come first. */
function fakeCosign(
  failures: readonly string[] = [],
  options: { readonly accepts?: boolean; readonly leaves?: boolean } = {},
) {
  const { accepts = true, leaves = false } = options;
  const signed = new Set<string>();
  const log: string[] = [];
  const left = [...failures];
  let [under, most] = [0, 0];
  const run = async ({ command, args }: ProgramRun): Promise<ProgramEnd> => {
    expect(command).toBe("cosign");
    most = Math.max(most, ++under);
    await new Promise((resolve) => setImmediate(resolve));
    under--;
    const [verb = ""] = args;
    const references = args.filter((argument) => argument.includes("@sha256:"));
    log.push([verb, ...references].join(" "));
    if (verb === "sign") {
      const failure = left.shift();
      for (const reference of failure === undefined || leaves ? references : []) signed.add(reference);
      return failure === undefined ? ended(0, "") : ended(1, `Error: ${failure}`);
    }
    return references.every((reference) => signed.has(reference)) && accepts
      ? ended(0, "")
      : ended(10, "Error: no signatures found");
  };
  const sleeps: number[] = [];
  const clock = { now: () => 0, random: () => 0, sleep: async (ms: number) => void sleeps.push(ms) };
  const signer = new CosignSigner(byKey, { env: { MY_KEY: "private-key" }, run, clock });
  return { signer, run, log, sleeps, most: () => most };
}

function ended(exitCode: number, stderr: string): ProgramEnd {
  return { kind: "ended", exitCode, stdout: new Uint8Array(), stderr, output: stderr };
}

const signs = (log: readonly string[]) => log.filter((line) => line.startsWith("sign "));

describe("signing", () => {
  it("signs each digest once in each repository, and verifies it", async () => {
    const { signer, log } = fakeCosign();
    const all = [REPOSITORY, "ghcr.io/example/backends"];
    // Images that share a platform's manifest ask for it at the same time.
    const found = await Promise.all([...all, ...all].map((repository) => signer.sign(repository, digests)));
    expect(found.flat()).toEqual([]);
    expect(signs(log).toSorted()).toEqual(
      all.flatMap((name) => digests.map((digest) => `sign ${name}@${digest}`)).toSorted(),
    );
    expect(log.filter((line) => line === `verify ${REPOSITORY}@${digests[0]}`)).toHaveLength(2);
  });

  it("signs nothing in a second run", async () => {
    const first = fakeCosign();
    await first.signer.sign(REPOSITORY, digests);
    const before = signs(first.log).length;
    const second = new CosignSigner(byKey, { env: { MY_KEY: "private-key" }, run: first.run });
    expect(await second.sign(REPOSITORY, digests)).toEqual([]);
    expect([before, signs(first.log).length]).toEqual([3, 3]);
  });

  it("runs at most 8 at one time", async () => {
    const { signer, most } = fakeCosign();
    await Promise.all(
      Array.from({ length: 40 }, (_, at) => signer.sign(REPOSITORY, [digestOf(Buffer.from(`many ${at}`))])),
    );
    expect(most()).toBe(8);
  });

  it("tries again what failed in passing, unless it has left a signature all the same", async () => {
    const passing = "POST https://rekor.example: unexpected status 503 Service Unavailable";
    const again = fakeCosign([passing, passing]);
    expect(await again.signer.sign(REPOSITORY, digests.slice(0, 1))).toEqual([]);
    expect([signs(again.log).length, again.sleeps]).toEqual([3, [2000, 8000]]);
    const left = fakeCosign([passing], { leaves: true });
    expect(await left.signer.sign(REPOSITORY, digests.slice(0, 1))).toEqual([]);
    expect(signs(left.log)).toHaveLength(1);
  });

  it("says what cosign fails with, without the key, and how it goes on", async () => {
    const { signer, log } = fakeCosign(["reading key: bad private-key here"]);
    expect(await signer.sign(REPOSITORY, digests.slice(0, 1))).toEqual([
      {
        code: "signing-failed",
        severity: "error",
        message: `cosign did not sign ${REPOSITORY}@${digests[0]}: reading key: bad *** here`,
        fix: "mend what cosign says and run again; no tag was set",
      },
    ]);
    expect(signs(log)).toHaveLength(1);
  });

  it("refuses a signature that does not count, and does not sign again for it", async () => {
    const { signer, log } = fakeCosign([], { accepts: false });
    const [found] = await signer.sign(REPOSITORY, digests.slice(0, 1));
    expect(found).toMatchObject({ code: "unsigned", fix: "the key in MY_KEY must be the private key of cosign.pub" });
    expect(signs(log)).toHaveLength(1);
  });

  it.each([
    ["a key", byKey, REPOSITORY, /expected the private key in the variable MY_KEY/],
    ["an identity", keyless, REPOSITORY, /expected a job that has an identity/],
    ["a registry", byKey, "oci:build", /expected a registry's repository to sign in, found the layout oci:build/],
  ])("says that it lacks %s, and runs nothing", async (_, policy, repository, message) => {
    const { run, log } = fakeCosign();
    const found = await new CosignSigner(policy, { env: {}, run }).sign(repository, digests);
    expect(found).toEqual([
      expect.objectContaining({ code: "signing-failed", message: expect.stringMatching(message) }),
    ]);
    expect(log).toEqual([]);
  });

  it("says what to install where cosign is missing", async () => {
    const run = async (): Promise<ProgramEnd> => ({ kind: "missing", reason: "spawn cosign ENOENT", output: "" });
    const found = await new CosignSigner(byKey, { env: { MY_KEY: "k" }, run }).sign(REPOSITORY, digests.slice(0, 1));
    expect(found).toEqual([
      expect.objectContaining({ code: "io", message: "cosign cannot be started: spawn cosign ENOENT" }),
    ]);
    expect((await refusal(signaturesOf([`${REPOSITORY}@${digests[0]}`], byKey, { env: {}, run }))).code).toBe("io");
  });
});

describe("asking for many signatures", () => {
  const all = Array.from({ length: 40 }, (_, at) => digestOf(Buffer.from(`many ${at}`)));
  const inRegistry = (registry: string) => all.map((digest) => `${registry}/example/backends@${digest}`);

  it("asks for those of one registry together, and for each where one of them has none", async () => {
    const { signer, run, log, most } = fakeCosign();
    await signer.sign("quay.io/example/backends", all);
    await signer.sign("ghcr.io/example/backends", all.slice(1));
    log.length = 0;
    const references = [...inRegistry("quay.io"), ...inRegistry("ghcr.io"), ...inRegistry("quay.io")];
    const states = await signaturesOf(references, byKey, { env: {}, run });
    expect(states.size).toBe(80);
    expect([...states].flatMap(([reference, { kind }]) => (kind === "signed" ? [] : [reference]))).toEqual([
      `ghcr.io/example/backends@${all[0]}`,
    ]);
    // Three batches each, of which one was not whole.
    expect([log.length, most() <= 8]).toEqual([6 + 16, true]);
  });

  it("does not ask a registry again that does not answer", async () => {
    let runs = 0;
    const run = async (): Promise<ProgramEnd> => {
      runs++;
      return ended(1, "Error: loading public key: context deadline exceeded");
    };
    const many = Array.from({ length: 400 }, (_, at) => `quay.io/example/x@${digestOf(Buffer.from(`${at}`))}`);
    const states = await signaturesOf(many, byKey, { env: {}, run });
    expect([states.size, runs <= 8]).toEqual([400, true]);
    expect(new Set([...states.values()].map(({ kind }) => kind))).toEqual(new Set(["unknown"]));
  });

  it("asks for one by itself, and for none not at all", async () => {
    const { run, log } = fakeCosign();
    expect(await signaturesOf([], byKey, { env: {}, run })).toEqual(new Map());
    const [reference = ""] = inRegistry("quay.io");
    expect((await signaturesOf([reference], byKey, { env: {}, run })).get(reference)?.kind).toBe("unsigned");
    expect(log).toEqual([`verify ${reference}`]);
  });
});
