import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { planSchema } from "../plan/plan-schema.ts";
import { configSchema } from "./config-schema.ts";
import { matrixSchema } from "./matrix-schema.ts";

const compile = (schema: object) => new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);

test.each([
  ["config", configSchema],
  ["matrix", matrixSchema],
  ["plan", planSchema],
])("the schema of a %s is one itself", (_, schema) => {
  expect(() => compile(schema)).not.toThrow();
});

test("the matrix schema for editors takes what is read, and no more of what it names", () => {
  const validate = compile(matrixSchema);
  const entry = { "tag-suffix": "-a", "build-type": "", paths: ["x/**"], nested: { a: [1] } };
  expect(validate({ include: [entry], includeDarwin: [] })).toBe(true);
  for (const bad of [
    {},
    { others: [] },
    { include: [{ "tag-suffix": 1 }] },
    { include: [{ ...entry, "artifact-name": "x" }] },
  ]) {
    expect(validate(bad), JSON.stringify(bad)).toBe(false);
  }
});
