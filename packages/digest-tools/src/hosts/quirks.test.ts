import { describe, expect, it } from "vitest";
import { apiHost, knownRefusal, loginKeys, type Meaning, REGISTRIES, registryOf } from "./quirks.ts";

describe("the table", () => {
  it.each(REGISTRIES)("says where $name's ways are written", ({ sources, refusals }) => {
    expect(sources.length).toBeGreaterThan(0);
    for (const source of sources) expect(new URL(source).protocol).toBe("https:");
    for (const { words, statuses, cure } of refusals) {
      expect(words).toEqual(words.map((word) => word.toLowerCase()));
      expect(statuses.every((status) => status >= 400)).toBe(true);
      expect(cure).toMatch(/^[^.]{20,}$/);
    }
  });

  it.each([
    ["docker.io", "Docker Hub"],
    ["quay.io", "Quay"],
    ["ghcr.io", "GitHub Container Registry"],
    ["123456789012.dkr.ecr.eu-west-1.amazonaws.com", "Amazon ECR"],
    ["123456789012.dkr.ecr-fips.us-east-1.amazonaws.com", "Amazon ECR"],
    ["public.ecr.aws", "Amazon ECR"],
    ["europe-docker.pkg.dev", "Google Artifact Registry"],
    ["example.azurecr.io", "Azure Container Registry"],
    ["example.jfrog.io", "JFrog Artifactory"],
  ])("knows %s as %s", (host, name) => {
    expect(registryOf(host)?.name).toBe(name);
  });

  it.each(["quay.io.example", "evil-quay.io", "quay.io:8443", "azurecr.io.example", "localhost:5000"])(
    "does not take %s for a known one",
    (host) => {
      expect(registryOf(host)).toBeUndefined();
      expect(apiHost(host)).toBe(host);
      expect(loginKeys(host)).toEqual([host]);
    },
  );
});

// The words of real registries; where they come from stands in the table.
describe("a refusal", () => {
  it.each<[registry: string, status: number, said: string, meaning: Meaning | undefined, cure: RegExp]>([
    [
      "x.dkr.ecr",
      400,
      "TAG_INVALID: The image tag 'v1' already exists in the 'a' repository and cannot be overwritten because the repository is immutable.",
      "tag-protected",
      /another tag/,
    ],
    [
      "x.pkg.dev",
      400,
      "MANIFEST_INVALID: cannot update tag v1. The repository has enabled tag immutability",
      "tag-protected",
      /./,
    ],
    [
      "harbor.example",
      412,
      "PRECONDITION: Failed to process request due to 'a:v1' configured as immutable.",
      "tag-protected",
      /./,
    ],
    [
      "harbor.example",
      403,
      "DENIED: adding 1.2 MiB of storage resource, which when updated to current usage of 9.9 MiB will exceed the configured upper limit of 10.0 MiB.",
      "quota-exceeded",
      /garbage collection/,
    ],
    [
      "harbor.example",
      403,
      "DENIED: The system is in read only mode. Any modification is prohibited.",
      "read-only",
      /maintenance/,
    ],
    ["quay.io", 403, "DENIED: Quota has been exceed on namespace", "quota-exceeded", /organization/],
    [
      "quay.example",
      405,
      "DENIED: System is currently read-only. Pulls will succeed but all write operations are currently suspended.",
      "read-only",
      /maintenance/,
    ],
    ["quay.io", 409, "TAG_ALREADY_EXISTS: tag was already pushed", "tag-protected", /./],
    [
      "example.azurecr.io",
      405,
      "REGISTRY_DISALLOWED_OPERATION: The operation is disallowed on this registry, repository or image.",
      "tag-protected",
      /az acr repository update/,
    ],
    [
      "nexus.example",
      400,
      "BLOB_UPLOAD_INVALID: blob upload invalid (Repository does not allow updating assets: docker)",
      "tag-protected",
      /Disable redeploy/,
    ],
    ["registry.example", 405, "UNSUPPORTED: The operation is unsupported.", "read-only", /garbage collection/],
    ["registry.example", 413, 'a page titled "413 Request Entity Too Large"', "too-large", /client_max_body_size/],
    [
      "example.jfrog.io",
      413,
      "Datastore disk usage is too high. Contact your Artifactory administrator",
      "quota-exceeded",
      /room/,
    ],
    [
      "x",
      403,
      "DENIED: Your authorization token has expired. Reauthenticate and try again.",
      "login-expired",
      /12 hours/,
    ],
    [
      "x",
      404,
      "NAME_UNKNOWN: The repository with name 'a' does not exist in the registry with id '1'",
      "no-repository",
      /create-repository/,
    ],
    ["x", 403, "DENIED: requested access to the resource is denied", undefined, /undefined/],
    ["x", 400, "TAG_INVALID: manifest tag did not match URI", undefined, /undefined/],
    ["x", 500, "immutable", undefined, /undefined/],
  ])("of %s, %i %s: %s", (registry, status, said, meaning, cure) => {
    const found = knownRefusal(registry, status, said);
    expect(found?.meaning).toBe(meaning);
    expect(String(found?.cure)).toMatch(cure);
  });
});
