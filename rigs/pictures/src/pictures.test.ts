import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { PAGE_PICTURES } from "./pages.ts";
import { PALETTES } from "./palette.ts";
import { PICTURES, SCHEMES } from "./places.ts";
import { RUN_TEXT, runPicture } from "./run-picture.ts";
import { isStamped } from "./stamp.ts";
import { summaryPage } from "./summary-page.ts";

const AGAIN = "npm run pictures --workspace rigs/pictures writes it anew, where Chromium is";

test.each(SCHEMES)("the drawing of a run in %s colours is the one that is written today", (scheme) => {
  expect(readFileSync(join(PICTURES, `run-${scheme}.svg`), "utf8"), AGAIN).toBe(runPicture(scheme));
});

test.each(SCHEMES)("the picture of a summary in %s colours is of the summary beside it, and small", (scheme) => {
  const png = readFileSync(join(PICTURES, `summary-${scheme}.png`));
  const page = summaryPage(readFileSync(join(PICTURES, "summary.md"), "utf8"), scheme);
  expect(isStamped(png, page), AGAIN).toBe(true);
  expect(isStamped(png, `${page} `)).toBe(false);
  expect(png.length).toBeLessThan(120_000);
});

// https://www.w3.org/TR/WCAG22/#dfn-relative-luminance
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].toSorted((left, right) => right - left);
  return (light + 0.05) / (dark + 0.05);
}

test.each(SCHEMES)("every colour of text is readable in %s colours, on the page and on a panel", (scheme) => {
  const { page, panel, text, quiet, good, bad } = PALETTES[scheme];
  for (const behind of [page, panel]) {
    for (const colour of [text, quiet, good, bad]) {
      expect(contrast(colour, behind), `${colour} on ${behind}`).toBeGreaterThan(4.5);
    }
  }
});

test("the README shows them, with words for those who do not see them", () => {
  const readme = readFileSync(fileURLToPath(new URL("../../../README.md", import.meta.url)), "utf8");
  const shown = [...readme.matchAll(/(?:src|srcset)="(docs\/pictures\/[^"]+)"/g)].map(([, path = ""]) => path);
  expect(shown.toSorted()).toEqual(
    ["run-dark.svg", "run-light.svg", "summary-dark.png", "summary-light.png"].map((name) => `docs/pictures/${name}`),
  );
  for (const path of shown) {
    const file = fileURLToPath(new URL(`../../../${path}`, import.meta.url));
    expect(existsSync(file) && statSync(file).isFile(), path).toBe(true);
  }
  expect(readme).toContain(`alt="${RUN_TEXT}"`);
  const summary = readFileSync(join(PICTURES, "summary.md"), "utf8");
  const said = [/\d+ of \d+ entries, \d+ images to publish/, /\d+ images left out/].map(
    (part) => part.exec(summary)?.[0],
  );
  const [, about = ""] = /<img src="docs\/pictures\/summary[^>]*alt="([^"]*)"/.exec(readme) ?? [];
  for (const part of said) expect(about).toContain(part);
  for (const [, alt = ""] of readme.matchAll(/<img [^>]*alt="([^"]*)"/g)) expect(alt.length).toBeGreaterThan(40);
});

test.each(PAGE_PICTURES)(
  "the picture $name of a page is small, of the size that is asked for, and shown in the docs",
  ({ name, look }) => {
    const png = readFileSync(join(PICTURES, `${name}.png`));
    expect(png.length).toBeLessThan(150_000);
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([look.width, look.height]);
    const docs = fileURLToPath(new URL("../../../docs/", import.meta.url));
    const pages = readdirSync(docs).filter((file) => file.endsWith(".md"));
    const [alt = ""] = pages.flatMap((page) => {
      const text = readFileSync(join(docs, page), "utf8");
      return [...text.matchAll(/!\[([^\]]*)\]\(pictures\/([^)]+)\.png\)/g)].flatMap(([, alt = "", shown]) =>
        shown === name ? [alt] : [],
      );
    });
    expect(alt.length).toBeGreaterThan(40);
  },
);
