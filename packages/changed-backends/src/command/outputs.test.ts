import { expect, test } from "vitest";
import { ChangedBackendsError } from "../base/error.ts";
import { selectEverything } from "../rules/selection.ts";
import { selectionOutputs } from "./outputs.ts";

const singles = (count: number) => Array.from({ length: count }, (_, index) => ({ "tag-suffix": `-${index}` }));
const pair = [{ "tag-suffix": "-x" }, { "tag-suffix": "-x" }];

function outputs(entries: readonly { readonly "tag-suffix": string }[], limits?: ReadonlyMap<string, number>) {
  const lists = [{ name: "include", entries }];
  return Object.fromEntries(selectionOutputs(lists, selectEverything(lists), limits));
}

test("more than 256 entries come in shards, and in no single matrix", () => {
  const written = outputs([...singles(257), ...pair]);
  expect(written["matrix"]).toBeUndefined();
  const jobs = Object.entries(written).flatMap(([name, value]) =>
    name.startsWith("matrix-") ? [[name, JSON.parse(value).include.length]] : [],
  );
  expect(jobs).toEqual([
    ["matrix-multi-1", 2],
    ["matrix-single-1", 256],
    ["matrix-single-2", 1],
  ]);
});

test("shards that only the workflow has are there and empty", () => {
  const written = outputs(pair, new Map([["single", 2]]));
  expect(written).toMatchObject({
    "has-multi-1": "true",
    "matrix-single-2": '{"include":[]}',
    "has-single-2": "false",
  });
});

test("more shards than the workflow has jobs for, and an image that fits in none", () => {
  const refused = expect.objectContaining({ code: "shards" });
  expect(() => outputs(singles(257), new Map([["single", 1]]))).toThrow(refused);
  expect(() => outputs(Array.from({ length: 257 }, () => ({ "tag-suffix": "-x" })))).toThrow(ChangedBackendsError);
});
