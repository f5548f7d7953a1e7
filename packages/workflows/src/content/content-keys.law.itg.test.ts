import { isDeepStrictEqual } from "node:util";
import { requestComparison, selectChanges } from "@fanfold/changed-backends";
import { withDependents } from "@fanfold/changed-backends/internal";
import { recordingHost } from "@fanfold-internal/kit/process/recording-host";
import { gitEnvironment, ScratchRepository } from "@fanfold-rigs/github-stand-in";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readFamilyGraph } from "../bases/family-graph.ts";
import { readFamily } from "../config/family.ts";
import { filesOf, type RandomFamily, randomChange, randomFamily } from "../testing/random-family.ts";
import { readEntryContents } from "./entry-contents.ts";
import { imageContents, keysOfBuilt } from "./image-content.ts";

let repository: ScratchRepository;
beforeAll(async () => {
  repository = await ScratchRepository.create();
});
afterAll(async () => {
  await repository.remove();
});

/** The keys of all images at HEAD, all built there, and what the changes since a commit select. */
async function lookAt(base: string, head: string) {
  const host = recordingHost({ cwd: repository.path, env: { ...gitEnvironment() } });
  const request = await requestComparison({ base, head }, host);
  const family = await readFamily(request, { config: undefined, matrix: undefined });
  const graph = await readFamilyGraph(request, family, head);
  const changes = await selectChanges(request, family.ground);
  const selection = withDependents(changes.selection, graph);
  const contents = imageContents(family, graph, await readEntryContents(request, family, head));
  const keys = keysOfBuilt(contents, new Set(contents.keys()));
  const idOf = (list: string, index: number): string => {
    const entry = family.matrix.lists.find(({ name }) => name === list)?.entries[index];
    return entry === undefined ? "" : family.identity.identify(entry).id;
  };
  const causes = selection.causes.map((cause) => ({ ...cause, image: idOf(cause.matrix, cause.entry) }));
  return {
    keys,
    causes,
    reason: changes.diff.reason,
    unknown: [...contents.values()].flatMap(({ unknown }) => unknown ?? []),
  };
}

async function commit(family: RandomFamily, parent: string | null): Promise<string> {
  // A commit's files are what it holds, and not more.
  return repository.commit({ files: { "": null, ...filesOf(family) }, parent });
}

/** What only says which files are inputs, and what images are told apart and published by. */
const RULES = ["rules", "keys"] as const;

const sameRules = (one: RandomFamily, other: RandomFamily): boolean => {
  const before = ({ fields }: RandomFamily) => fields.includes("before");
  return RULES.every((part) => isDeepStrictEqual(one[part], other[part])) && before(one) === before(other);
};

const seen = new Set<string>();

test("what selects an image changes its key, and nothing else does", async () => {
  await fc.assert(
    fc.asyncProperty(randomFamily, randomChange, async (before, change) => {
      const after = change(before);
      const base = await commit(before, null);
      const was = await lookAt(base, base);
      const head = await commit(after, base);
      const is = await lookAt(base, head);
      expect([was.unknown, is.unknown]).toEqual([[], []]);
      const tree = new Set((await repository.git("ls-tree", "-r", "-z", "--name-only", head)).split("\0"));
      const selected = new Map<string, (typeof is.causes)[number]>();
      for (const cause of is.causes.toSorted(
        (one, other) => Number(one.rule === "base") - Number(other.rule === "base"),
      )) {
        // What is gone may have been a submodule, or no input by the rules before: then it is in neither.
        const gone = cause.path !== null && !tree.has(cause.path);
        const unsure = gone && (["inferred", "group"].includes(cause.rule) || !sameRules(before, after));
        const onOther = cause.base !== undefined && ![...selected.keys()].some((id) => id.includes(cause.base ?? ""));
        if (!unsure && !onOther) selected.set(cause.image, cause);
      }
      const unlike = (id: string) => (was.keys.get(id) ?? null) !== (is.keys.get(id) ?? null);
      if (is.reason === "config-changed") {
        // `images` and its like select everything, too, and are no part of what is built.
        const built = ({ fields }: RandomFamily) =>
          fields.filter((field) => /^(?:build|metadata):/.test(field)).toSorted();
        const all = !isDeepStrictEqual(built(before), built(after));
        for (const id of is.keys.keys()) if (all || id.includes("-mac")) expect(unlike(id), id).toBe(true);
        seen.add("config");
        return;
      }
      for (const [id, cause] of selected) {
        seen.add(cause.rule);
        expect(unlike(id), `${id} is selected by ${JSON.stringify(cause)}`).toBe(true);
      }
      // What nothing mentions is everybody's then, and what one image reads takes a file away from the others.
      const ofAll = "unmatched: run-all";
      if (!sameRules(before, after) || after.keys.includes(ofAll)) return;
      const touched = new Set(is.causes.map(({ image }) => image));
      for (const id of is.keys.keys()) {
        if (touched.has(id)) continue;
        seen.add("none");
        // What builds another list selects nothing of it, but is what it is built by; `checkout` selects by the workflow that
        // is generated from it, which these repositories do not do.
        const checksOut = ({ fields }: RandomFamily): boolean => fields.includes("checkout");
        const other = checksOut(before) !== checksOut(after);
        const built = id.includes("-mac") ? before.steps !== after.steps : other;
        expect(unlike(id), `${id} is not selected`).toBe(built);
      }
    }),
    // Each is two commits of a real repository.
    { numRuns: Number(process.env["RUNS"] ?? 25) },
  );
  // Nothing would be proven by changes that select nothing, or everything.
  expect([...seen]).toEqual(expect.arrayContaining(["inferred", "context", "none"]));
}, 300_000);
