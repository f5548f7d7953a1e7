import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compiled } from "@fanfold-internal/kit/read/compiled-schema";
import { checkShape } from "@fanfold-internal/kit/read/json-shape";
import { parseYaml } from "@fanfold-internal/kit/read/yaml-source";
import { withTables } from "@fanfold-internal/kit/text/markdown-tables";
import { describe, expect, test } from "vitest";
import { fieldOfLine } from "../generate/files/config-fields.ts";
import { buildOf, CONFIG_KEYS, eachKey, type KeyTable, keyRows, schemaOf, writtenTexts } from "./key-table.ts";

const README = fileURLToPath(new URL("../../README.md", import.meta.url));

test("the README's tables are those of the keys; vitest -u writes them", async () => {
  const tables = [
    ["## Config", keyRows(CONFIG_KEYS.top)],
    ["### Config of builds", keyRows(CONFIG_KEYS.build)],
    ["### Config of generated workflows", keyRows(CONFIG_KEYS.workflow)],
  ] as const;
  await expect(withTables(readFileSync(README, "utf8"), tables)).toMatchFileSnapshot(README);
});

describe("a key that stands in the table alone", () => {
  const table: KeyTable = {
    ...CONFIG_KEYS,
    workflow: {
      ...CONFIG_KEYS.workflow,
      "dummy-key": {
        schema: { type: "string", enum: ["soft", "hard"] },
        meaning: "How the dummy is handled.",
        default: "soft",
        places: ["jobs.*.env.DUMMY"],
        lines: ["dummy --mode="],
        reachesBuild: true,
      },
    },
  };

  test("is in the schema, and messages know it", () => {
    const check = (text: string) => {
      const source = parseYaml(text, "fanfold.yml");
      if (source.kind === "invalid") throw new Error("not YAML");
      return checkShape(compiled(schemaOf(table)), source.value);
    };
    expect(check("workflow: { dummy-key: hard }\n").kind).toBe("ok");
    expect(check("workflow: { dummy-key: hart }\n")).toMatchObject({
      problems: [{ code: "unknown-value", message: expect.stringContaining('did you mean "hard"') }],
    });
    expect(check("workflow: { dumy-key: hard }\n")).toMatchObject({
      problems: [{ code: "unknown-key", message: expect.stringContaining('did you mean "dummy-key"') }],
    });
  });

  test("has a row in the README", () => {
    expect(keyRows(table.workflow)).toContain("| `dummy-key` | `soft`, `hard` | `soft` | How the dummy is handled. |");
  });

  test("is named where a generated file has drifted", () => {
    const text =
      "jobs:\n  build:\n    env:\n      DUMMY: hard\n    steps:\n      - run: |\n          dummy --mode=hard\n";
    expect([4, 7].map((line) => fieldOfLine(text, line, table))).toEqual(["workflow.dummy-key", "workflow.dummy-key"]);
  });

  test("reaches the build: a change of it, and no absence of it, selects everything", () => {
    const [none, soft, hard] = [{}, { workflow: { "dummy-key": "soft" } }, { workflow: { "dummy-key": "hard" } }];
    expect(buildOf(none, table)).toEqual(buildOf(soft, table));
    expect(buildOf(hard, table)).not.toEqual(buildOf(soft, table));
    expect(buildOf(hard)).toEqual(buildOf(soft));
  });

  test("must hold no expression", () => {
    expect(writtenTexts({ workflow: { "dummy-key": "${{ x }}" } }, table)).toEqual([
      { path: ["workflow", "dummy-key"], text: "${{ x }}" },
    ]);
  });
});

describe("what reaches the build", () => {
  const same = (left: object, right: object): boolean =>
    JSON.stringify(buildOf(left)) === JSON.stringify(buildOf(right));

  test.each<[string, object, object, boolean]>([
    ["another order of images", { images: ["a", "b"] }, { images: ["b", "a"] }, true],
    ["other tags", {}, { metadata: { tags: ["type=sha"], flavor: [] } }, true],
    ["no labels, written out", {}, { metadata: { labels: [] } }, true],
    ["other labels", {}, { metadata: { labels: ["a=b"] } }, false],
    ["another way to tell images apart", {}, { "group-by": ["version"] }, false],
    ["another image", { images: ["a"] }, { images: ["b"] }, false],
    ["the default written out", {}, { matrix: ".github/backend-matrix.yml" }, true],
    ["an empty mapping", {}, { build: { args: {} }, workflow: { lists: {} } }, true],
    ["a build argument", {}, { build: { args: { A: "1" } } }, false],
    ["what must have a value", {}, { build: { "required-args": ["A"] } }, true],
    ["another runner for a list", { workflow: { lists: { a: 1 } } }, { workflow: { lists: { a: 2 } } }, false],
    ["rules, schedule and logins", {}, { inputs: [], workflow: { cron: "x", registries: [{ host: "x" }] } }, true],
  ])("%s", (_, left, right, expected) => {
    expect(same(left, right)).toBe(expected);
  });
});

test("every key has a meaning, and what generated files hold says where", () => {
  for (const [path, { meaning, schema }] of eachKey(CONFIG_KEYS)) {
    expect(meaning, path.join(".")).toMatch(/^.{10,}\.$/s);
    expect(Object.keys(schema)).not.toContain("description");
  }
});
