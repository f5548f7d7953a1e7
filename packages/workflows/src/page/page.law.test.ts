import fc from "fast-check";
import { expect, test } from "vitest";
import type { PageData } from "./data/page-data.ts";
import { dataOf, renderPage } from "./page.ts";
import { samplePlan, sampleStatus } from "./testing/sample-pages.ts";
import { sampleReplay } from "./testing/sample-replay.ts";

const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  // Halves of characters, which no file name holds and a string may.
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 }).map((codes) => String.fromCharCode(...codes)),
  fc
    .array(
      fc.constantFrom(
        "</script>",
        "<script>",
        "<!--",
        "-->",
        "]]>",
        "&lt;",
        "\u2028",
        "\u2029",
        "\u202e",
        '"',
        "'",
        "\n",
        "\0",
        "a",
      ),
      { maxLength: 8 },
    )
    .map((parts) => parts.join("")),
);
const data: fc.Arbitrary<PageData> = fc
  .tuple(hostile, fc.constantFrom("replay", "plan", "status"), fc.nat(12), fc.nat(6), fc.boolean())
  .map(([text, kind, pushes, images, whole]): PageData => {
    const made = "2026-11-27T05:54:00.000Z";
    if (kind === "plan") return { kind, made, plan: samplePlan(text) };
    if (kind === "status") return { kind, made, status: sampleStatus(text) };
    return { kind: "replay", made, replay: sampleReplay({ pushes, images: images + 3, whole, text }) };
  });

test("a page gives back the data that it was made of, and no text in it ends or begins an element", () => {
  const tags = (page: string): readonly string[] => page.match(/<[/!]?[a-z-][^>]*>/gi) ?? [];
  const script = /<script>.*<\/script>/s;
  const plain = tags(renderPage("", { kind: "status", made: "", status: sampleStatus() }).replace(script, ""));
  expect(plain.length).toBeGreaterThan(10);
  fc.assert(
    fc.property(hostile, data, (title, data) => {
      const page = renderPage(title, data);
      expect(dataOf(page)).toEqual(data);
      expect(tags(page.replace(script, ""))).toEqual(plain);
    }),
    { numRuns: 200 },
  );
});
