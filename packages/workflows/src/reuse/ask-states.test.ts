import { createHash } from "node:crypto";
import { DigestToolsError } from "@fanfold/digest-tools";
import { CONTENT_KEY_ANNOTATION, type Manifest, type ReadStore } from "@fanfold/digest-tools/internal";
import { beforeEach, describe, expect, test } from "vitest";
import type { LedgerQuestion } from "./ask-ledger.ts";
import { askStates } from "./ask-states.ts";

const KEY = `1-${"a".repeat(64)}`;
const OTHER_KEY = `1-${"b".repeat(64)}`;
const INDEX = "application/vnd.oci.image.index.v1+json";
const IMAGE = "application/vnd.oci.image.manifest.v1+json";

/** By `repository:tag` and `repository@digest`. */
let content: Map<string, Manifest>;
let asked: string[];
/** Codes of errors, by repository. */
let faults: Map<string, "denied" | "unauthorized" | "network" | "server-error">;

beforeEach(() => {
  content = new Map();
  asked = [];
  faults = new Map();
});

function openStore(name: string): ReadStore {
  const find = (method: string, reference: string): Manifest | undefined => {
    asked.push(`${method} ${name}${reference.includes(":") ? "@" : ":"}${reference}`);
    const code = faults.get(name);
    if (code !== undefined) throw new DigestToolsError({ code, message: `${name}: ${code}` });
    return content.get(`${name}${reference.includes(":") ? "@" : ":"}${reference}`);
  };
  return {
    name,
    getManifest: async (reference) => find("GET", reference),
    headManifest: async (reference) => find("HEAD", reference)?.descriptor,
  };
}

function manifest(json: object, mediaType: string): Manifest {
  const bytes = Buffer.from(JSON.stringify(json));
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}` as const;
  return { bytes, descriptor: { mediaType, digest, size: bytes.length } };
}

const CHILDREN = ["amd64", "arm64"].map((name) => manifest({ name }, IMAGE));

interface Put {
  readonly key?: string | undefined;
  readonly run?: string;
}

function indexOf({ key, run = "5" }: Put): Manifest {
  const annotations = {
    "io.github.fanfold.run-id": run,
    "org.opencontainers.image.revision": "1234567890",
    ...(key === undefined ? {} : { [CONTENT_KEY_ANNOTATION]: key }),
  };
  const manifests = CHILDREN.map(({ descriptor }) => descriptor);
  return manifest({ schemaVersion: 2, mediaType: INDEX, manifests, annotations }, INDEX);
}

/** Puts an index with its children. */
function put(names: readonly string[], what: Put = { key: KEY }): Manifest {
  const index = indexOf(what);
  for (const name of names) {
    const repository = name.slice(0, name.lastIndexOf(":"));
    for (const each of [...CHILDREN, index]) content.set(`${repository}@${each.descriptor.digest}`, each);
    content.set(name, index);
  }
  return index;
}

const A = "ghcr.io/o/a";
const Q = "quay.io/o/a";

function question(more: Partial<LedgerQuestion> = {}): LedgerQuestion {
  return {
    repositories: [A, Q],
    reader: { repository: A, mirror: false },
    tags: { ledger: "main", moving: ["main", "latest"] },
    expected: KEY,
    ...more,
  };
}

async function ask(more: Partial<LedgerQuestion> = {}) {
  const states = await askStates(new Map([["x", question(more)]]), openStore);
  const found = states.get("x");
  if (found === undefined) throw new Error("no answer");
  return found;
}

const EVERYWHERE = [A, Q].flatMap((name) => [`${name}:main`, `${name}:latest`]);

describe("one image", () => {
  test("that is published as it would be built now: a GET, and a HEAD for each tag and part", async () => {
    const index = put(EVERYWHERE);
    const { digest } = index.descriptor;
    expect(await ask()).toMatchObject({ state: "current", why: "", index: { [A]: digest, [Q]: digest } });
    expect(asked.filter((each) => each.startsWith("GET"))).toEqual([`GET ${A}:main`]);
    const parts = [A, Q].flatMap((name) => CHILDREN.map(({ descriptor }) => `HEAD ${name}@${descriptor.digest}`));
    expect(asked.filter((each) => each.startsWith("HEAD")).toSorted()).toEqual(
      [`HEAD ${A}:latest`, `HEAD ${Q}:main`, `HEAD ${Q}:latest`, ...parts].toSorted(),
    );
  });

  test("that is built from something else", async () => {
    put(EVERYWHERE, { key: OTHER_KEY });
    expect(await ask()).toMatchObject({
      state: "stale",
      why: "ghcr.io/o/a:main is built from something else, as of 1234567",
      index: { [A]: indexOf({ key: OTHER_KEY }).descriptor.digest },
    });
  });

  test("that is nowhere", async () => {
    expect(await ask()).toMatchObject({ state: "absent", index: {}, why: "ghcr.io/o/a:main does not exist" });
  });

  test.each([undefined, `2-${"a".repeat(64)}`, "something"])("with the key %s says nothing", async (key) => {
    put(EVERYWHERE, { key });
    expect(await ask()).toMatchObject({ state: "unknown" });
    expect(asked).toEqual([`GET ${A}:main`]);
  });

  test("of which nobody knows what would be built now", async () => {
    put(EVERYWHERE);
    expect(await ask({ expected: null })).toMatchObject({ state: "unknown" });
  });

  test("without an index", async () => {
    content.set(`${A}:main`, manifest({ schemaVersion: 2, config: {}, layers: [] }, IMAGE));
    expect(await ask()).toMatchObject({ state: "unknown" });
  });
});

describe("what is missing", () => {
  test.each(EVERYWHERE)("the tag %s, where all that it stands for is there", async (gone) => {
    const { digest } = put(EVERYWHERE).descriptor;
    content.delete(gone);
    const found = await ask();
    expect(found.state).toBe("incomplete");
    expect(found.why).toContain(`${gone} is missing`);
    expect(Object.values(found.index)).toContain(digest);
  });

  test("the tag and the index, in the repository that is read from", async () => {
    const { digest } = put(EVERYWHERE).descriptor;
    content.delete(`${A}:main`);
    content.delete(`${A}@${digest}`);
    expect(await ask()).toMatchObject({ state: "incomplete", index: { [Q]: digest } });
  });

  test.each([A, Q])("one part in %s: all of it", async (name) => {
    put(EVERYWHERE);
    content.delete(`${name}@${CHILDREN[1]?.descriptor.digest}`);
    expect(await ask()).toMatchObject({ state: "absent", why: expect.stringContaining(name) });
  });

  test("everything in a repository that is new", async () => {
    put([`${A}:main`, `${A}:latest`]);
    expect(await ask()).toMatchObject({ state: "absent" });
  });

  test("the ledger's new name, after its rule has changed", async () => {
    const { digest } = put(EVERYWHERE).descriptor;
    const tags = { ledger: "edge", moving: ["edge"] };
    expect(await ask({ tags })).toMatchObject({ state: "absent" });
    expect(await ask({ tags, former: "main" })).toMatchObject({
      state: "incomplete",
      why: "ghcr.io/o/a:edge is missing",
      index: { [A]: digest, [Q]: digest },
    });
  });
});

describe("a tag that stands for something else", () => {
  test("in another repository: a merge was cut off", async () => {
    put(EVERYWHERE);
    put([`${Q}:main`], { key: OTHER_KEY, run: "4" });
    expect(await ask()).toMatchObject({ state: "incomplete", why: "quay.io/o/a:main stands for something else" });
  });

  test("in the repository that is read: another one has what would be built now", async () => {
    const { digest } = put(EVERYWHERE).descriptor;
    put([`${A}:main`], { key: OTHER_KEY, run: "4" });
    expect(await ask()).toMatchObject({ state: "incomplete", index: { [A]: digest, [Q]: digest } });
  });

  test("of a release that came later, stays", async () => {
    put(EVERYWHERE);
    put([`${A}:latest`, `${Q}:latest`], { key: KEY, run: "6" });
    expect(await ask()).toMatchObject({ state: "current" });
    put([`${A}:latest`, `${Q}:latest`], { key: OTHER_KEY, run: "4" });
    expect(await ask()).toMatchObject({ state: "incomplete" });
  });
});

describe("registries that do not say", () => {
  test.each(["denied", "unauthorized", "network", "server-error"] as const)("%s: nobody knows", async (code) => {
    put(EVERYWHERE);
    faults.set(A, code);
    expect(await ask()).toMatchObject({ state: "unreadable", problem: { code } });
  });

  test("the second one, when all the rest is right", async () => {
    put(EVERYWHERE);
    faults.set(Q, "network");
    expect(await ask()).toMatchObject({ state: "unreadable" });
    // What is stale is so, whatever others say.
    put([`${A}:main`], { key: undefined });
    expect(await ask()).toMatchObject({ state: "unknown" });
  });

  test.each(["denied", "unauthorized"] as const)("%s, where the same login reads another one: absent", async (code) => {
    put(["ghcr.io/o/b:main"]);
    faults.set(A, code);
    const other = { repositories: ["ghcr.io/o/b"], reader: { repository: "ghcr.io/o/b", mirror: false } };
    const tags = { ledger: "main", moving: ["main"] };
    const states = await askStates(
      new Map([
        ["a", question()],
        ["b", question({ ...other, tags })],
      ]),
      openStore,
    );
    expect([...states.values()].map(({ state }) => state)).toEqual(["absent", "current"]);
    faults.set(A, "network");
    expect((await askStates(new Map([["a", question()]]), openStore)).get("a")?.state).toBe("unreadable");
  });
});

describe("a registry that counts what is read", () => {
  const HUB = "docker.io/o/a";

  test("gets no GET while another one has the image", async () => {
    put([`${HUB}:main`, `${A}:main`]);
    const tags = { ledger: "main", moving: ["main"] };
    expect(await ask({ repositories: [HUB, A], tags })).toMatchObject({ state: "current" });
    content.delete(`${A}:main`);
    expect(await ask({ repositories: [HUB, A], tags })).toMatchObject({ state: "incomplete" });
    content.delete(`${A}@${indexOf({ key: KEY }).descriptor.digest}`);
    expect(await ask({ repositories: [HUB, A], tags })).toMatchObject({ state: "absent" });
    expect(asked.filter((each) => each.startsWith(`GET ${HUB}`))).toEqual([]);
  });

  test("is asked what its tag stands for, and a mirror what that is", async () => {
    const { digest } = put([`${HUB}:main`, "mirror.example/o/a:old"]).descriptor;
    const reader = { repository: "mirror.example/o/a", mirror: true };
    const tags = { ledger: "main", moving: ["main"] };
    expect(await ask({ repositories: [HUB], reader, tags })).toMatchObject({
      state: "current",
      ledger: `${HUB}:main`,
      index: { [HUB]: digest },
    });
    expect(asked.filter((each) => each.startsWith("GET"))).toEqual([`GET mirror.example/o/a@${digest}`]);
  });
});
