import { describe, expect, it } from "vitest";
import { problem } from "../base/error.ts";
import { readImage } from "../oci/image-content.ts";
import { isAttestation } from "../oci/image-index.ts";
import type { Signer } from "../sign/signer.ts";
import { group, REPOSITORIES, type World, world } from "../testing/merge-world.ts";

/** Writes into the stores' logs, so that the order is seen. `refuses`: a repository in which it signs nothing. */
function loggingSigner({ openStore }: Pick<World, "openStore">, refuses?: string): Signer {
  return {
    sign: async (repository, digests) => {
      openStore(repository).log.push(...digests.map((digest) => `SIGN ${digest}`));
      if (repository !== refuses) return [];
      return [problem("signing-failed", { message: `not signed in ${repository}`, fix: "run again" })];
    },
  };
}

describe("an image that is signed", () => {
  it("is signed in every repository after its index was pushed to all, and before any tag", async () => {
    const { stores, one, openStore } = await world();
    const pushed: string[] = [];
    const signer = loggingSigner({ openStore });
    const { digest } = await one({
      signer: {
        sign: async (repository, digests) => {
          pushed.push(...stores.map(({ log }) => `${log.some((line) => line.startsWith("PUT sha256:"))}`));
          return signer.sign(repository, digests);
        },
      },
    });
    expect(pushed).toEqual(["true", "true", "true", "true"]);
    for (const store of stores) {
      const order = store.log.filter((line) => /^(?:SIGN|PUT) /.test(line));
      const { children } = await readImage(store, digest ?? "");
      const images = children.flatMap((child) => (isAttestation(child) ? [] : [child.digest]));
      expect(images).toHaveLength(2);
      expect(children.length).toBeGreaterThan(images.length);
      expect(order).toEqual([
        `PUT ${digest}`,
        ...[digest, ...images].map((name) => `SIGN ${name}`),
        "PUT sha-6113728-cpu-x",
        "PUT latest-cpu-x",
      ]);
    }
  });

  it("gets no tag anywhere where signing fails in one repository, and costs no other image", async () => {
    const { stores, merge, openStore } = await world(["-cpu-x", "-cpu-y"]);
    const failing = loggingSigner({ openStore }, REPOSITORIES[1]);
    const passing = loggingSigner({ openStore });
    let first: string | undefined;
    const signer: Signer = {
      sign: (repository, digests) => {
        first ??= digests[0];
        return (digests[0] === first ? failing : passing).sign(repository, digests);
      },
    };
    const reports = await merge([group("-cpu-x"), group("-cpu-y")], { signer, concurrency: 1 });
    expect(reports.map(({ verdict, problems }) => [verdict, problems.map(({ code }) => code)])).toEqual([
      ["refused", ["signing-failed"]],
      ["published", []],
    ]);
    expect(reports[0]?.tags.map(({ outcome }) => outcome)).toEqual(["skipped", "skipped", "skipped", "skipped"]);
    for (const store of stores) {
      expect([...store.tags.keys()].filter((tag) => !tag.startsWith("leg")).toSorted()).toEqual([
        "latest-cpu-y",
        "sha-6113728-cpu-y",
      ]);
    }
  });

  it("is said to be signed in a dry run, and is not", async () => {
    const { one, openStore } = await world();
    const signer: Signer = {
      sign: async () => {
        throw new Error("a dry run signs nothing");
      },
    };
    const report = await one({ signer, dryRun: true });
    expect(report.verdict).toBe("planned");
    const kinds = (report.steps ?? []).map((step) =>
      step.kind === "request" ? `${step.method}${step.reference.startsWith("sha256:") ? "" : " tag"}` : step.kind,
    );
    const [firstSignature, lastSignature] = [kinds.indexOf("signature"), kinds.lastIndexOf("signature")];
    expect(kinds.filter((kind) => kind === "signature")).toHaveLength(6);
    expect(kinds.slice(0, firstSignature)).not.toContain("PUT tag");
    expect(kinds.slice(lastSignature)).toContain("PUT tag");
    expect(openStore(REPOSITORIES[0] ?? "").tags.size).toBe(0);
  });
});
