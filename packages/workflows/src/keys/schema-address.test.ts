import { expect, test } from "vitest";
import { schemaAddress } from "./schema-address.ts";

test.each([
  ["0.0.0", "0.0"],
  ["0.3.1", "0.3"],
  ["1.0.0", "1"],
  ["12.3.4", "12"],
])("the address of a schema of version %s has the range %s", (version, range) => {
  expect(schemaAddress("matrix", version)).toBe(`https://unpkg.com/fanfold@${range}/schema/matrix.schema.json`);
});
