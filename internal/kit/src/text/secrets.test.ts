import fc from "fast-check";
import { expect, test } from "vitest";
import { Secrets, safeUrl } from "./secrets.ts";

const secret = fc.string({ unit: "grapheme-ascii", minLength: 12, maxLength: 40 }).filter((text) => !/\s/.test(text));

test("no spelling of a secret gets through, whatever stands before and after it", () => {
  const encodings: readonly ((text: string) => string)[] = [
    (text) => text,
    (text) => JSON.stringify(text),
    (text) => encodeURIComponent(text),
    (text) => new URLSearchParams({ q: text }).toString(),
    (text) => Buffer.from(text).toString("hex"),
    (text) => Buffer.from(text).toString("base64"),
    (text) => Buffer.from(text).toString("base64").replace(/=+$/, ""),
    (text) => Buffer.from(text).toString("base64url"),
  ];
  fc.assert(
    fc.property(
      secret,
      fc.constantFrom("", "u:", "user:", "x"),
      fc.constantFrom("", "@", "\n"),
      (value, before, after) => {
        const secrets = new Secrets();
        secrets.add(value);
        for (const encode of encodings) {
          const encoded = encode(`${before}${value}${after}`);
          const hidden = secrets.hide(encoded);
          expect(hidden).not.toContain(value);
          expect(hidden).not.toBe(encoded);
          // What is left is what stood around it, and at its edges at most.
          expect(hidden.replaceAll("***", "").length).toBeLessThan(encoded.length - value.length / 2);
        }
      },
    ),
    { numRuns: 200 },
  );
});

test("the environment's secrets: by name, and in the addresses of proxies; switches are not", () => {
  const secrets = new Secrets();
  secrets.addEnvironment({
    GITHUB_TOKEN: "ghs_canary1",
    QUAY_PASSWORD: "hunter-two",
    HTTPS_PROXY: "http://someone:prox-canary@proxy.example:3128",
    SECRET_SCANNING: "true",
    GIT_CONFIG_KEY_0: "http.extraheader",
    PWD: "/home/runner/work",
  });
  expect(secrets.hide("ghs_canary1 hunter-two prox-canary true http.extraheader /home/runner/work proxy.example")).toBe(
    "*** *** *** true http.extraheader /home/runner/work proxy.example",
  );
});

test("an address for messages has no user, no password and no signature", () => {
  expect(safeUrl(new URL("https://u:p@quay.io/v2/a/blobs/uploads/?digest=sha256:1&X-Amz-Signature=abc"))).toBe(
    "https://quay.io/v2/a/blobs/uploads/?digest=sha256:1",
  );
});
