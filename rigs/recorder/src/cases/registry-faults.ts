import type { Bed } from "../bed/bed.ts";
import type { Case } from "../bed/case.ts";
import { type Asked, type Fault, type MemoryRegistry, refusal } from "../bed/memory-registry.ts";
import type { Varying } from "../bed/normalise.ts";
import { logIn, mergePair, ONE, openRegistry, pushPair } from "../bed/registry-bed.ts";

const puts = ({ method, reference }: Asked): boolean => method === "PUT" && reference !== undefined;
const tags = (asked: Asked): boolean => puts(asked) && asked.reference?.startsWith("sha256:") === false;
const uploads = ({ method, path }: Asked): boolean => method !== "GET" && path.includes("/blobs/uploads");

/** The first so many requests that meet a condition. */
function times(count: number, meets: (asked: Asked) => boolean, fault: Fault): Fault {
  let left = count;
  return (asked, registry) => (meets(asked) && left-- > 0 ? fault(asked, registry) : undefined);
}

const always = (meets: (asked: Asked) => boolean, fault: Fault): Fault => times(Number.POSITIVE_INFINITY, meets, fault);
const any = (): boolean => true;

/** Whoever asks without this gets where to ask for a token. */
function bearer(password: string): Fault {
  const wanted = `Basic ${Buffer.from(`robot:${password}`).toString("base64")}`;
  return ({ path, authorization }, { host }) => {
    if (path === "/token") {
      const known = authorization === undefined || authorization === wanted;
      const token = JSON.stringify({ token: authorization === undefined ? "anonymous" : "known", expires_in: 300 });
      return known
        ? { status: 200, headers: { "content-type": "application/json" }, body: token }
        : refusal(401, "UNAUTHORIZED", "incorrect username or password");
    }
    if (authorization === "Bearer known") return undefined;
    if (authorization === "Bearer anonymous")
      return refusal(403, "DENIED", "requested access to the resource is denied");
    const realm = `Bearer realm="http://${host}/token",service="recorder"`;
    return refusal(401, "UNAUTHORIZED", "authentication required", { "www-authenticate": realm });
  };
}

/** What a registry does wrong while legs are pushed. */
const atPush = (): Readonly<Record<string, Fault>> => ({
  unauthorized: always(any, () => refusal(401, "UNAUTHORIZED", "authentication required")),
  "asks-for-basic": always(
    ({ authorization }) => authorization === undefined,
    () => refusal(401, "UNAUTHORIZED", "authentication required", { "www-authenticate": 'Basic realm="x"' }),
  ),
  "asks-for-a-token": bearer("secret"),
  "refuses-the-password": bearer("other"),
  denied: always(uploads, () => refusal(403, "DENIED", "requested access to the resource is denied")),
  "no-such-repository": always(uploads, () => refusal(404, "NAME_UNKNOWN", "repository name not known to registry")),
  "quota-at-upload": always(uploads, () => refusal(403, "DENIED", "Quota exceeded")),
  "quota-at-manifest": always(puts, () => refusal(413, "TOOMANYREQUESTS", "storage quota exceeded")),
  "unavailable-once": times(1, uploads, () => ({ status: 503 })),
  "unavailable-at-manifest-once": times(1, puts, () => refusal(503, "UNAVAILABLE", "try again")),
  "limited-once": times(1, uploads, () => refusal(429, "TOOMANYREQUESTS", "slow down", { "retry-after": "1" })),
  "hangs-up-once": times(1, uploads, () => "hang-up"),
  "hangs-up-always": always(any, () => "hang-up"),
  "invalid-manifest": always(puts, () => refusal(400, "MANIFEST_INVALID", "manifest invalid")),
  "blob-unknown-once": times(1, puts, () => refusal(400, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry")),
  "text-instead-of-json": always(puts, () => ({
    status: 500,
    headers: { "content-type": "text/html" },
    body: "<h1>Oops</h1>",
  })),
  "read-only": always(
    ({ method }) => method !== "GET" && method !== "HEAD",
    () => refusal(405, "UNSUPPORTED", "The operation is unsupported."),
  ),
  "upload-without-location": always(uploads, () => ({ status: 202 })),
});

const immutable: Fault = (asked, registry) => {
  if (!tags(asked)) return undefined;
  const [, repository] = /^\/v2\/(.+)\/manifests\//.exec(asked.path) ?? [];
  if (!registry.tags.has(`${repository} ${asked.reference}`)) return undefined;
  return refusal(
    400,
    "TAG_INVALID",
    `The image tag '${asked.reference}' already exists and cannot be overwritten because the tag is immutable.`,
  );
};

/** What a registry does wrong when the legs are there and are merged. */
const atMerge = (): Readonly<Record<string, Fault>> => ({
  "unavailable-once": times(1, any, () => ({ status: 503 })),
  "unavailable-always": always(any, () => ({ status: 503 })),
  "limited-once": times(1, any, () => refusal(429, "TOOMANYREQUESTS", "slow down", { "retry-after": "1" })),
  unauthorized: always(any, () => refusal(401, "UNAUTHORIZED", "authentication required")),
  "not-found": always(
    ({ method }) => method !== "PUT",
    () => refusal(404, "MANIFEST_UNKNOWN", "manifest unknown"),
  ),
  "tags-refused": always(tags, () => refusal(403, "DENIED", "no tags for you")),
  "one-tag-refused": always(
    (asked) => asked.reference === "latest" && tags(asked),
    () => refusal(400, "TAG_INVALID", "not this one"),
  ),
  "tags-unavailable-once": times(1, tags, () => ({ status: 502 })),
  "index-refused": always(puts, () => refusal(400, "MANIFEST_INVALID", "no indexes here")),
  "length-is-missing": always(
    ({ method }) => method === "HEAD",
    () => ({ status: 200, headers: { "content-length": "0" } }),
  ),
  redirects: times(
    1,
    ({ method }) => method === "HEAD",
    ({ path }) => ({ status: 307, headers: { location: path } }),
  ),
  "redirects-for-ever": always(
    ({ method }) => method === "HEAD",
    ({ path }) => ({ status: 307, headers: { location: path } }),
  ),
  quota: always(puts, () => refusal(403, "DENIED", "Quota exceeded")),
});

/** Faults count, so each step of a case begins with a new table. */
function faultNamed(table: Readonly<Record<string, Fault>>, name: string): Fault {
  const fault = table[name];
  if (fault === undefined) throw new Error(`no fault ${name}`);
  return fault;
}

// Several requests meet these at once, and the first answer ends the command.
const MET_BY_MANY: ReadonlySet<string> = new Set([
  "denied",
  "no-such-repository",
  "quota-at-upload",
  "read-only",
  "upload-without-location",
  "hangs-up-always",
  "unauthorized",
  "unavailable-always",
  "not-found",
  "redirects-for-ever",
  "length-is-missing",
]);

/** Tries again come at a time that chance decides. */
function varyingOf(name: string): readonly Varying[] {
  return MET_BY_MANY.has(name) ? ["order", "which"] : ["order"];
}

/** Pushes and merges against a registry with a mind of its own. */
export function registryFaultCases(): readonly Case[] {
  const pushed = Object.keys(atPush()).map((name) => ({
    name: `faults-at-push/${name}`,
    run: async (bed: Bed) => {
      const registry = await openRegistry(bed);
      const images = [`${registry.host}/x/y`];
      registry.fault = faultNamed(atPush(), name);
      const varying = varyingOf(name);
      await pushPair(bed, { images, attested: false, varying });
      await logIn(bed, registry.host, "robot", "secret");
      registry.fault = faultNamed(atPush(), name);
      await pushPair(bed, { images, content: "login", env: { GITHUB_ACTIONS: "true" }, varying });
    },
  }));
  const merged = Object.keys(atMerge()).map((name) => ({
    name: `faults-at-merge/${name}`,
    run: async (bed: Bed) => {
      const registry = await openRegistry(bed);
      const images = [`${registry.host}/x/y`];
      await pushPair(bed, { images });
      registry.fault = faultNamed(atMerge(), name);
      const varying = varyingOf(name);
      await mergePair(bed, images, ["v1.0.0", "latest"], [], {}, varying);
      registry.fault = faultNamed(atMerge(), name);
      await bed.run("digest-tools", ["verify", "--image", `${registry.host}/x/y`, "--tag", "latest", ...ONE], {
        ordered: true,
        varying,
      });
    },
  }));
  return [...pushed, ...merged, ...immutableCases()];
}

function immutableCases(): readonly Case[] {
  const inRegistry =
    (run: (bed: Bed, registry: MemoryRegistry, images: readonly string[]) => Promise<void>) => async (bed: Bed) => {
      const registry = await openRegistry(bed);
      registry.fault = immutable;
      await run(bed, registry, [`${registry.host}/x/y`]);
    };
  const cases = {
    "tags-stay": inRegistry(async (bed, _, images) => {
      await pushPair(bed, { images });
      await mergePair(bed, images, ["v1.0.0", "latest"]);
      await mergePair(bed, images, ["v1.0.0", "latest"]);
      await pushPair(bed, { images, content: "new" });
      await mergePair(bed, images, ["v1.0.0", "latest"]);
      await mergePair(bed, images, ["v1.0.1"], ["--immutable"]);
    }),
    anchors: inRegistry(async (bed, _, images) => {
      await pushPair(bed, { images, flags: ["--anchor", "always"] });
      await pushPair(bed, { images, flags: ["--anchor", "always"] });
      await pushPair(bed, { images, content: "new", flags: ["--anchor", "always"] });
    }),
    "child-is-gone": inRegistry(async (bed, registry, images) => {
      const [, arm64] = await pushPair(bed, { images });
      registry.manifests.delete(`x/y ${arm64.image}`);
      await mergePair(bed, images, ["v1.0.0"]);
      await bed.run("digest-tools", ["verify", "--image", `${registry.host}/x/y`, "--tag", "v1.0.0", ...ONE], {
        ordered: true,
      });
      await pushPair(bed, { images });
    }),
    "leg-is-gone": inRegistry(async (bed, registry, images) => {
      const [, arm64] = await pushPair(bed, { images });
      registry.manifests.delete(`x/y ${arm64.root}`);
      await mergePair(bed, images, ["v1.0.0"]);
    }),
    "content-was-changed": inRegistry(async (bed, registry, images) => {
      const [amd64] = await pushPair(bed, { images });
      await mergePair(bed, images, ["v1.0.0"]);
      const key = `x/y ${amd64.root}`;
      const found = registry.manifests.get(key);
      if (found !== undefined) registry.manifests.set(key, { ...found, bytes: Buffer.from(`${String(found.bytes)} `) });
      await bed.run("digest-tools", ["inspect", `${registry.host}/x/y@${amd64.root}`, ...ONE], { ordered: true });
      await mergePair(bed, images, ["v1.0.1"]);
    }),
  };
  return Object.entries(cases).map(([name, run]) => ({ name: `immutable-registry/${name}`, run }));
}
