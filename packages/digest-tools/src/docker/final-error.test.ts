import { expect, test } from "vitest";
import { finalError, mayPass } from "./final-error.ts";

// As buildx 0.29 prints them.
test.each([
  [
    true,
    'ERROR: failed to solve: 127.0.0.1:1/x:1: failed to resolve source metadata for 127.0.0.1:1/x:1: failed to do request: Head "https://127.0.0.1:1/v2/x/manifests/1": dial tcp 127.0.0.1:1: connect: connection refused',
  ],
  [
    true,
    'ERROR: failed to solve: nowhere.invalid/x:1: failed to do request: Head "https://nowhere.invalid/v2/x/manifests/1": dial tcp: lookup nowhere.invalid on 127.0.0.53:53: no such host',
  ],
  [
    true,
    "ERROR: target leg: failed to solve: failed to push quay.io/a/b: unexpected status from PUT request to https://quay.io/v2/a/b/blobs/uploads/1: 503 Service Unavailable",
  ],
  [true, "ERROR: failed to solve: python:3: pulling failed with status code 429 Too Many Requests"],
  [true, "ERROR: failed to solve: failed to load cache key: invalid response status 502"],
  [true, 'ERROR: failed to solve: Get "https://quay.io/v2/": net/http: TLS handshake timeout'],
  [true, "ERROR: failed to solve: failed to copy: read tcp 10.0.0.1:4->1.2.3.4:443: read: connection reset by peer"],
  [
    false,
    'ERROR: failed to solve: process "/bin/sh -c curl https://x || echo 503 Service Unavailable" did not complete successfully: exit code: 1',
  ],
  [false, 'ERROR: failed to solve: failed to compute cache key: "/absent": not found'],
  [false, "ERROR: failed to solve: quay.io/a/b:1: not found"],
  [
    false,
    'ERROR: failed to solve: Get "https://x/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority',
  ],
  [false, "ERROR: failed to solve: quay.io/a/b@sha256:5035f503: unexpected status from HEAD request: 403 Forbidden"],
])("%s: %s", (expected, error) => {
  expect(mayPass(error)).toBe(expected);
});

test("the final error is the last that buildx says itself", () => {
  expect(finalError("#5 0.1 ERROR: 503 Service Unavailable\nERROR: one\n------\nERROR: failed to solve: two\n")).toBe(
    "ERROR: failed to solve: two",
  );
  expect(finalError("#5 ERROR: inside\n")).toBeUndefined();
});
