import { describe, expect, it, test } from "vitest";
import { cosignError, signatureState } from "./cosign-answer.ts";

/** What cosign 3.1.1 says, the banner that it prints first left in. */
const WARNING =
  "WARNING: Skipping tlog verification is an insecure practice that lacks transparency and auditability verification for the signature.\n";
const said = (error: string) => `${WARNING}Error: ${error}\nerror during command execution: ${error}`;

describe("what a verification says", () => {
  it("counts a signature by the exit code alone", () => {
    expect(signatureState({ exitCode: 0, stderr: said("no signatures found") })).toEqual({ kind: "signed" });
    expect(
      signatureState({ exitCode: 1, stderr: "Verification for x -- The cosign claims were validated" }).kind,
    ).not.toBe("signed");
  });

  test.each([
    [10, "no signatures found"],
    [
      1,
      "no matching attestations: failed to verify signature: could not verify envelope: accepted signatures do not match threshold, Found: 0, Expected 1",
    ],
    [
      12,
      "no matching signatures: none of the expected identities matched what was in the certificate, got subjects [x] with issuer y",
    ],
  ])("knows that nothing counts: exit code %d, %s", (exitCode, error) => {
    expect(signatureState({ exitCode, stderr: said(error) })).toEqual({ kind: "unsigned", reason: error });
  });

  test.each([
    [1, 'Get "https://127.0.0.1:9/v2/": dial tcp 127.0.0.1:9: connect: connection refused'],
    [
      1,
      'setting trusted material: tuf refresh failed: Get "https://tuf-repo-cdn.sigstore.dev/15.root.json": dial tcp: lookup tuf-repo-cdn.sigstore.dev on 10.0.0.53:53: no such host',
    ],
    [1, "no matching attestations: GET https://quay.io/v2/x: unexpected status code 503 Service Unavailable"],
    [1, "something new"],
  ])("does not take trouble for an answer: exit code %d, %s", (exitCode, error) => {
    expect(signatureState({ exitCode, stderr: said(error) })).toEqual({ kind: "unknown", reason: error });
  });

  it("names the exit code of a cosign that says nothing", () => {
    expect(signatureState({ exitCode: 3, stderr: "" })).toEqual({ kind: "unknown", reason: "exit code 3" });
  });
});

test("an error of several lines is one, without control characters, and of bounded length", () => {
  expect(cosignError(said("one\n  two \u001b[31mred"))).not.toMatch(/\u001b|\n/);
  expect(cosignError(said("one\n  two"))).toBe("one; two");
  expect(cosignError(said("x".repeat(5000)))).toBe(`${"x".repeat(600)}…`);
  expect(cosignError("Error: killed")).toBe("killed");
  expect(cosignError(WARNING)).toBeUndefined();
});
