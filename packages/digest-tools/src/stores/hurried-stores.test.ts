import { describe, expect, it } from "vitest";
import { OCI_INDEX } from "../oci/descriptor.ts";
import { refusal } from "../testing/refusal.ts";
import { FastClock, type Fault, RegistryStandIn } from "../testing/registry-stand-in.ts";
import { type HurriedOptions, HurriedStores } from "./hurried-stores.ts";

const PUBLISHED = { type: OCI_INDEX, bytes: Buffer.from('{"schemaVersion":2,"manifests":[]}') };

/** Two images in one registry. */
async function start(fault: (image: string) => Fault | undefined, more: Partial<HurriedOptions> = {}) {
  const registry = await RegistryStandIn.start({ fault: ({ target }) => fault(target.split("/")[3] ?? "") });
  for (const image of ["a", "b"]) registry.manifests.set(`o/${image}:main`, PUBLISHED);
  const stores = new HurriedStores({ env: {}, withinMs: 20_000, silenceMs: 8_000, ...more });
  const ask = (image: string) => stores.open(`${registry.host}/o/${image}`).getManifest("main");
  return { registry, stores, ask };
}

describe("questions that are not worth waiting for", () => {
  it("are answered like any other", async () => {
    const { registry, stores, ask } = await start(() => undefined);
    await using _ = registry;
    expect((await ask("a"))?.descriptor.mediaType).toBe(OCI_INDEX);
    expect(await stores.open(`${registry.host}/o/none`).headManifest("main")).toBeUndefined();
    await stores.close();
  });

  it("end when their time is over, all together", async () => {
    const { registry, stores, ask } = await start(() => ({ after: new Promise(() => {}) }), { withinMs: 200 });
    await using _ = registry;
    const errors = await Promise.all(["a", "b"].map((image) => refusal(ask(image))));
    for (const { code, message } of errors) {
      expect(code).toBe("network");
      expect(message).toContain("expected all answers within 0.2 s");
    }
    expect((await refusal(ask("a"))).code).toBe("network");
    await stores.close();
  });

  it("end with a registry that says nothing", async () => {
    const { registry, stores, ask } = await start(() => ({ after: new Promise(() => {}) }), { silenceMs: 100 });
    await using _ = registry;
    expect((await refusal(ask("a"))).message).toContain("has left everything unanswered");
    await stores.close();
  });

  it("do not wait as long as a registry asks them to", async () => {
    const clock = new FastClock();
    const limited: Fault = { status: 429, headers: { "retry-after": "60" } };
    const { registry, stores, ask } = await start(() => limited, { clock });
    await using _ = registry;
    expect((await refusal(ask("a"))).code).toBe("network");
    expect(clock.slept.filter((ms) => ms > 20_000)).toEqual([]);
    await stores.close();
  });

  it("of a host that nobody reaches are asked once", async () => {
    const clock = new FastClock();
    const { registry, stores, ask } = await start(() => ({ cut: "before-answer" }), { clock });
    await using _ = registry;
    expect((await refusal(ask("a"))).code).toBe("network");
    const { length } = registry.requests;
    expect((await refusal(ask("b"))).code).toBe("network");
    expect(registry.requests.length).toBe(length);
    await stores.close();
  });

  it("about one image cost no other its answer", async () => {
    const clock = new FastClock();
    const { registry, stores, ask } = await start((image) => (image === "a" ? { cut: "before-answer" } : undefined), {
      clock,
    });
    await using _ = registry;
    expect(await ask("b")).toBeDefined();
    expect((await refusal(ask("a"))).code).toBe("network");
    expect(await stores.open(`${registry.host}/o/b`).headManifest("main")).toBeDefined();
    await stores.close();
  });
});
