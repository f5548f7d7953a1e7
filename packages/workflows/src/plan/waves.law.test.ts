import type { MatrixEntry, MatrixList, SelectedChanges } from "@fanfold/changed-backends";
import {
  type BasedEntry,
  baseGraph,
  type FamilyImage,
  parseDockerfile,
  withDependents,
} from "@fanfold/changed-backends/internal";
import { bySuffix } from "@fanfold-internal/matrix/identity";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { FamilyGraph } from "../bases/family-graph.ts";
import { NO_CONFIG } from "../config/config.ts";
import { familyIdentity } from "../config/identity.ts";
import { configMetadata } from "../config/metadata.ts";
import { publishedImages } from "../published/published-images.ts";
import { sampleEvent } from "../published/sample-events.ts";
import { makePlan, type Plan } from "./plan.ts";
import { planOutputs } from "./plan-outputs.ts";
import { planSchema } from "./plan-schema.ts";

const REPOSITORY = "quay.io/x/y";
const PLATFORMS = ["amd64", "arm64", "riscv64"] as const;
const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(planSchema);

interface Image {
  readonly suffix: string;
  readonly legs: number;
  /** Suffixes. */
  readonly bases: readonly string[];
}

/** Images of one to three legs, of which some stand on others that come before them, at most eight deep. */
const family = fc
  .array(fc.record({ legs: fc.integer({ min: 1, max: 3 }), bases: fc.array(fc.nat(200), { maxLength: 2 }) }), {
    minLength: 1,
    maxLength: 150,
    size: "max",
  })
  .map((drawn) => {
    const depths: number[] = [];
    return drawn.map(({ legs, bases }, at): Image => {
      // Many without any: a family is mostly flat.
      const own = at % 3 === 2 ? bases.map((base) => base % at).filter((base) => (depths[base] ?? 0) < 8) : [];
      depths.push(1 + Math.max(0, ...own.map((base) => depths[base] ?? 0)));
      return { suffix: `-i${at}`, legs, bases: [...new Set(own.map((base) => `-i${base}`))] };
    });
  });

function listOf(images: readonly Image[]): MatrixList {
  const entries = images.flatMap(({ suffix, legs }) =>
    PLATFORMS.slice(0, legs).map(
      (arch): MatrixEntry => ({
        "tag-suffix": suffix,
        ...(legs > 1 ? { platforms: `linux/${arch}`, "platform-tag": arch } : {}),
      }),
    ),
  );
  return { name: "include", entries };
}

function graphOf(images: readonly Image[], list: MatrixList): FamilyGraph {
  const known = new Map(
    images.map(({ suffix }): [string, FamilyImage] => [
      suffix,
      { id: suffix, name: suffix, repositories: [REPOSITORY], tagSuffix: suffix, givesTag: () => true },
    ]),
  );
  const entries = images.flatMap(({ suffix, legs, bases }): readonly BasedEntry[] => {
    const image = known.get(suffix);
    const text = `FROM alpine\n${bases.map((base) => `COPY --from=${REPOSITORY}:main${base} /a /a\n`).join("")}`;
    const dockerfile = parseDockerfile(text);
    if (image === undefined || dockerfile.kind !== "dockerfile") return [];
    const question = { dockerfile: "Dockerfile", context: "", target: undefined, platforms: [], contexts: new Map() };
    const at = { file: "matrix.yml" };
    const entry = {
      ...{ image, dockerfile, unread: undefined, needs: [], at },
      question: { ...question, arguments: { values: new Map<string, string>(), open: false } },
    };
    return Array.from({ length: legs }, () => entry);
  });
  const graph = baseGraph(entries, [...known.values()]);
  const waveOf = (index: number) => graph.waves.get(String(list.entries[index]?.["tag-suffix"]));
  return { list, identify: bySuffix, entries, graph, waveOf, findings: graph.findings, publishedAs: () => undefined };
}

function planOf(images: readonly Image[], chosen: readonly number[], inWaves = true) {
  const list = listOf(images);
  const graph = graphOf(images, list);
  expect(graph.findings).toEqual([]);
  const suffixes = new Set(chosen.map((number) => `-i${number}`));
  const selected = list.entries.flatMap((entry, index) => (suffixes.has(String(entry["tag-suffix"])) ? [index] : []));
  const changes: SelectedChanges = {
    selection: withDependents(
      {
        runAll: false,
        lists: [{ name: "include", total: list.entries.length, selected }],
        causes: selected.map((entry) => ({ matrix: "include", entry, rule: "paths", path: "a" })),
        unmatched: [],
      },
      graph,
    ),
    diff: { precision: "exact", source: "compare", reason: null, calls: 1, files: [] },
    base: "1",
    head: "2",
    warnings: [],
  };
  const config = { images: [REPOSITORY], inputs: [] };
  const matrix = { file: "matrix.yml", lists: [list], warnings: [], place: () => ({ file: "matrix.yml" }) };
  const loaded = { ...NO_CONFIG, config };
  const { metadata } = configMetadata(loaded, matrix, bySuffix);
  const ground = { config: loaded, matrix, identity: familyIdentity(config, [list]), metadata };
  const plan = makePlan({
    event: { name: "push", ref: "refs/heads/main", sha: "2", defaultBranch: "main" },
    lists: [list],
    identify: bySuffix,
    images: publishedImages(ground, sampleEvent("refs/heads/main")),
    targets: {},
    anchorHosts: [],
    test: null,
    bases: { graph, inWaves },
    changes,
    warnings: [],
  });
  return { plan, list };
}

/** Of each selected artifact, the output that holds it. */
function homes(plan: Plan, list: MatrixList): ReadonlyMap<string, string> {
  const outputs = planOutputs(plan, { lists: [list], identify: bySuffix });
  const found = outputs
    .filter(([name]) => /^matrix-.+-\d+$/.test(name))
    .flatMap(([name, value]) => {
      const { include }: { readonly include: readonly { readonly "artifact-name": string }[] } = JSON.parse(value);
      expect(include.length).toBeLessThanOrEqual(256);
      return include.map((entry) => [entry["artifact-name"], name] as const);
    });
  const homes = new Map(found);
  expect(homes.size).toBe(found.length);
  return homes;
}

const waveIn = (home: string | undefined): number => Number(/^matrix-wave(\d)-/.exec(home ?? "")?.[1] ?? Number.NaN);

test("every base is in an earlier wave, images without an edge are in none, and none is cut", () => {
  fc.assert(
    fc.property(family, fc.array(fc.nat(149), { maxLength: 40, size: "max" }), (images, chosen) => {
      const { plan, list } = planOf(images, chosen);
      expect(validate(plan), JSON.stringify(validate.errors)).toBe(true);
      const found = homes(plan, list);
      const entries = plan.matrices["include"]?.entries ?? [];
      expect([...found.keys()].toSorted()).toEqual(entries.map((entry) => entry["artifact-name"]).toSorted());
      const used = new Set(images.flatMap(({ bases }) => bases));
      const all = homes(planOf(images, [...images.keys()]).plan, list);
      for (const { suffix, legs, bases } of images) {
        const artifacts = entries
          .filter((entry) => entry["tag-suffix"] === suffix)
          .map((entry) => entry["artifact-name"]);
        const places = new Set(artifacts.map((artifact) => found.get(artifact)));
        if (artifacts.length === 0) continue;
        expect([artifacts.length, places.size]).toEqual([legs, 1]);
        const [place] = places;
        if (bases.length === 0 && !used.has(suffix)) {
          expect(place).toMatch(legs > 1 ? /^matrix-multi-/ : /^matrix-single-/);
        } else if (bases.length === 0) expect(waveIn(place)).toBe(1);
        for (const [artifact, own] of Object.entries(plan.bases).filter(([each]) => artifacts.includes(each))) {
          expect(own.map(({ image }) => image)).toEqual(bases);
          for (const base of own) {
            for (const each of base.artifacts) expect(waveIn(found.get(each))).toBeLessThan(waveIn(place));
            expect(base.artifacts.length > 0).toBe(base.selected);
          }
          const pattern = entries.find((entry) => entry["artifact-name"] === artifact)?.["bases-pattern"];
          expect(pattern !== undefined).toBe(own.some(({ selected }) => selected));
        }
        // Where it is built does not depend on what else is.
        for (const artifact of artifacts) expect(all.get(artifact)).toBe(place);
      }
    }),
    { numRuns: 60 },
  );
});

test("what is built is selected, and all that stands on it", () => {
  fc.assert(
    fc.property(family, fc.array(fc.nat(149), { maxLength: 5 }), (images, chosen) => {
      const { plan } = planOf(images, chosen);
      const built = new Set(plan.groups.map(({ image }) => image));
      for (const { suffix, bases } of images) {
        const wanted = chosen.includes(Number(suffix.slice(2))) || bases.some((base) => built.has(base));
        expect(built.has(suffix)).toBe(wanted);
      }
    }),
    { numRuns: 60 },
  );
});

test("without waves everything is among the others, with the same bases", () => {
  fc.assert(
    fc.property(family, fc.array(fc.nat(149), { maxLength: 40, size: "max" }), (images, chosen) => {
      const [waves, { plan, list }] = [planOf(images, chosen).plan, planOf(images, chosen, false)];
      for (const home of homes(plan, list).values()) expect(home).toMatch(/^matrix-(?:multi|single)-/);
      expect(plan.bases).toEqual(waves.bases);
      expect(JSON.stringify(plan.matrices)).not.toContain("bases-pattern");
    }),
    { numRuns: 30 },
  );
});
