import fc from "fast-check";
import { expect, it } from "vitest";
import type { Digest } from "../oci/descriptor.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { type ImageShape, indexOfRun, mergeImage, prepare, pushedImage } from "../testing/request-world.ts";

const HUB = "docker.io/example/x";
const REPOSITORIES = ["quay.io/example/x", HUB, "ghcr.io/example/x"];
const EARLIER = "16000000001";
const LATER = "18000000001";

const built = fc.constantFrom<ImageShape["built"][]>("plain", "attested");
const tags = { fixed: fc.subarray(["v1.2.3", "sha-6113728"]), moving: fc.subarray(["main", "latest", "edge"]) };
const shapes: fc.Arbitrary<ImageShape> = fc.oneof(
  fc.record({ built, form: fc.constant("index"), legs: fc.integer({ min: 1, max: 3 }), ...tags }),
  fc.record({ built, form: fc.constant("as-built"), legs: fc.constant(1), ...tags }),
);
const worlds = fc.record({
  shape: shapes,
  repositories: fc.subarray(REPOSITORIES, { minLength: 1 }),
  /** The run whose image each moving tag stands for, in each repository. */
  standing: fc.array(fc.constantFrom(undefined, EARLIER, LATER), { minLength: 9, maxLength: 9 }),
  attempt: fc.integer({ min: 1, max: 2 }),
  /** It was published before, and has lost these tags since. */
  lost: fc.option(fc.array(fc.nat(4), { maxLength: 3 })),
});

/** One repository before a merge. */
interface Before {
  readonly name: string;
  readonly tags: ReadonlyMap<string, Digest>;
  readonly hasIndex: boolean;
}

interface Merge {
  readonly shape: ImageShape;
  readonly again: boolean;
  readonly digest: Digest;
  /** That of the later run. */
  readonly later: Digest;
  readonly children: ReadonlySet<Digest>;
}

/** What a repository is asked for, step by step; `unordered`: the requests of one step that go out together. */
function requests(
  { shape, again, digest, later, children }: Merge,
  { name, tags: before, hasIndex }: Before,
  all: readonly Before[],
) {
  const set = (tag: string) => [`PUT ${tag}`, `HEAD ${tag}`];
  const look = again && shape.form === "index" ? [`HEAD ${digest}`] : [];
  const skip = shape.form === "as-built" || (again && hasIndex);
  const ask = again && hasIndex;
  const fixed = shape.fixed.flatMap((tag) => [
    ...(ask ? [`HEAD ${tag}`] : []),
    ...(ask && before.get(tag) === digest ? [] : set(tag)),
  ]);
  const moved = shape.moving.filter((tag) => ![digest, later].includes(before.get(tag) ?? "sha256:"));
  return [
    { unordered: true, lines: [...[...children].map((child) => `HEAD ${child}`), ...look] },
    { unordered: false, lines: skip ? [] : [`PUT ${digest}`] },
    { unordered: false, lines: fixed },
    { unordered: true, lines: readings(shape, digest, name, all) },
    { unordered: false, lines: moved.flatMap(set) },
  ];
}

/** Docker Hub counts GETs: it is asked for digests, and for the images of those that no other repository has shown. */
function readings({ moving }: ImageShape, digest: Digest, name: string, all: readonly Before[]): readonly string[] {
  const standing = (one: Before) => moving.flatMap((tag) => one.tags.get(tag) ?? []);
  if (name !== HUB) return moving.map((tag) => `GET ${tag}`);
  const shown = new Set([digest, ...all.filter((one) => one.name !== HUB).flatMap(standing)]);
  const counted = all.filter((one) => one.name === HUB).flatMap(standing);
  const unknown = new Set(counted.filter((one) => !shown.has(one)));
  return [...moving.map((tag) => `HEAD ${tag}`), ...[...unknown].map((one) => `GET ${one}`)];
}

it("an image costs each repository what its index names, its index and its tags, and nothing else", async () => {
  await fc.assert(
    fc.asyncProperty(worlds, async ({ shape, repositories, standing, attempt, lost }) => {
      const image = pushedImage(shape, repositories);
      const stores = repositories.map((name) => new MemoryStore(name));
      const openStore = (name: string) => {
        const store = stores.find((candidate) => candidate.name === name);
        if (store === undefined) throw new Error(`no store ${name}`);
        return store;
      };
      for (const store of stores) await prepare(store, image);
      if (lost !== null) await mergeImage(image, openStore);
      for (const at of lost ?? []) {
        stores[at % stores.length]?.tags.delete([...shape.fixed, ...shape.moving][at] ?? "");
      }
      for (const [place, run] of standing.entries()) {
        const tag = shape.moving[place % 3];
        const store = stores[Math.floor(place / 3)];
        if (tag !== undefined && run !== undefined) await store?.putManifest(tag, indexOfRun(run, image));
      }
      const { digest } = await mergeImage(image, openStore, { dryRun: true, attempt });
      if (digest === undefined) throw new Error("a dry run knows the digest");
      const all = stores.map(
        ({ name, tags: now, manifests }): Before => ({
          name,
          tags: new Map(now),
          hasIndex: manifests.has(digest),
        }),
      );
      for (const { log } of stores) log.length = 0;
      const report = await mergeImage(image, openStore, { attempt });
      expect(report.problems).toEqual([]);

      const later = indexOfRun(LATER, image).descriptor.digest;
      const children = new Set(image.legs.flatMap((leg) => leg.children.map((child) => child.digest)));
      if (shape.form === "as-built") children.add(digest);
      const merge: Merge = { shape, again: attempt > 1, digest, later, children };
      for (const [place, { log, tags: after }] of stores.entries()) {
        const before = all[place];
        if (before === undefined) throw new Error("one for each store");
        const steps = requests(merge, before, all);
        let start = 0;
        for (const { unordered, lines } of steps) {
          const made = log.slice(start, start + lines.length);
          expect(unordered ? made.toSorted() : made).toEqual(unordered ? lines.toSorted() : lines);
          start += lines.length;
        }
        expect(log.slice(start)).toEqual([]);
        for (const tag of shape.fixed) expect(after.get(tag)).toBe(digest);
        for (const tag of shape.moving) {
          expect(after.get(tag)).toBe(before.tags.get(tag) === later ? later : digest);
        }
        if (merge.again) continue;
        // A HEAD for each descriptor, a PUT of the index, a PUT and a HEAD for each tag, a look at each moving one.
        const budget = children.size + 1 + 2 * (shape.fixed.length + shape.moving.length) + shape.moving.length;
        expect(log.filter((line) => !/^GET sha256:/.test(line)).length).toBeLessThanOrEqual(budget);
      }
    }),
    { numRuns: 300 },
  );
});
