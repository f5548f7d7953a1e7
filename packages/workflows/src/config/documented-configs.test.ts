import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parseConfig } from "./config.ts";

const docs = fileURLToPath(new URL("../../../../docs/", import.meta.url));

// The page of checks shows configs that are wrong, and runs them itself.
const pages = readdirSync(docs, { recursive: true, encoding: "utf8" }).filter(
  (page) => page.endsWith(".md") && page !== "checks.md",
);

const configs = pages.flatMap((page) =>
  [
    ...readFileSync(`${docs}${page}`, "utf8").matchAll(/^```yaml (?:clone )?\.github\/fanfold\.yml\n([\s\S]*?)^```$/gm),
  ].map(([, text = ""], index) => ({ page, number: index + 1, text })),
);

test("guides show configs", () => {
  expect(configs.length).toBeGreaterThan(5);
});

test.each(configs)("$page, config $number: it is one", ({ text }) => {
  const parsed = parseConfig(text, ".github/fanfold.yml");
  expect(parsed.kind === "invalid" ? parsed.problems : []).toEqual([]);
});
