import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Browser } from "@fanfold-rigs/browser";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { drawSummary } from "./draw.ts";
import { drawPages, PAGE_PICTURES } from "./pages.ts";
import { PICTURES, SCHEMES } from "./places.ts";
import { realSummary } from "./real-summary.ts";
import { runPicture } from "./run-picture.ts";
import { isStamped } from "./stamp.ts";
import { PAGE_WIDTH, summaryPage } from "./summary-page.ts";

test("the summary that is shown is what a plan writes today", async () => {
  const shown = await readFile(join(PICTURES, "summary.md"), "utf8");
  expect(shown, "npm run pictures --workspace rigs/pictures writes it anew, where Chromium is").toBe(
    await realSummary(),
  );
});

describe("with Chromium", () => {
  let started: Browser | { readonly unavailable: string };
  let scratch: string;
  beforeAll(async () => {
    started = await Browser.start();
    scratch = await mkdtemp(join(tmpdir(), "fanfold-pictures-"));
  });
  afterAll(async () => {
    if (started instanceof Browser) await started[Symbol.asyncDispose]();
    await rm(scratch, { recursive: true });
  });
  beforeEach(({ skip }) => {
    if (!(started instanceof Browser)) skip(`pictures are not drawn: ${started.unavailable}`);
  });
  const browser = (): Browser => {
    if (started instanceof Browser) return started;
    throw new Error(started.unavailable);
  };

  test.each(SCHEMES)("a summary in %s colours: drawn, small, and nothing is held against the page", async (scheme) => {
    const markdown = await readFile(join(PICTURES, "summary.md"), "utf8");
    const png = await drawSummary(browser(), markdown, scheme, join(scratch, "summary.png"));
    expect(png.length).toBeLessThan(120_000);
    expect(png.readUInt32BE(16)).toBe(PAGE_WIDTH);
    const html = summaryPage(markdown, scheme);
    expect(isStamped(png, html)).toBe(true);
    await using opened = await browser().open({ html }, { width: PAGE_WIDTH, scheme });
    // A summary's headings are those of a part: what stands above them is GitHub's page.
    expect((await opened.violations()).filter(({ rule }) => rule !== "heading-order")).toEqual([]);
    expect(await opened.sideways()).toBe(0);
    expect(await opened.read("document.querySelectorAll('table td').length")).toBe(12);
  });

  test("pages of a shorter history are drawn, each as large as it is asked for", async () => {
    await drawPages(browser(), scratch, scratch, 100);
    for (const { name, look } of PAGE_PICTURES) {
      const png = await readFile(join(scratch, `${name}.png`));
      expect([png.readUInt32BE(16), png.readUInt32BE(20)], name).toEqual([look.width, look.height]);
      // An empty page of this size has a tenth of it.
      expect(png.length, name).toBeGreaterThan(40_000);
    }
  });

  test("in the drawing of a run no words stand over others, and all are inside of their box", async () => {
    const html = `<!doctype html><html lang="en"><body style="margin:0">${runPicture("light")}</body></html>`;
    await using opened = await browser().open({ html });
    const boxesOf = (name: string): Promise<readonly Box[]> =>
      opened.read(`[...document.querySelectorAll("${name}")].map((node) => {
        const { x, y, width, height } = node.getBBox();
        return { text: node.textContent, left: x, right: x + width, top: y, bottom: y + height };
      })`);
    const [words, panels] = [await boxesOf("text"), await boxesOf("rect")];
    expect(words.length).toBeGreaterThan(20);
    const over = words.flatMap((one, index) =>
      words.slice(index + 1).flatMap((other) => (overlap(one, other, 1) ? [`${one.text} / ${other.text}`] : [])),
    );
    expect(over).toEqual([]);
    const astride = words.filter((word) => panels.some((panel) => overlap(word, panel, 0) && !inside(word, panel)));
    expect(astride.map(({ text }) => text)).toEqual([]);
    expect(words.every((word) => inside(word, { text: "", left: 0, top: 0, right: 860, bottom: 330 }))).toBe(true);
  });
});

interface Box {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** `slack`: what lines of text may share, whose boxes are higher than their letters. */
function overlap(one: Box, other: Box, slack: number): boolean {
  const across = one.left < other.right - slack && other.left < one.right - slack;
  return across && one.top < other.bottom - slack && other.top < one.bottom - slack;
}

function inside(box: Box, outer: Box): boolean {
  return box.left >= outer.left && box.right <= outer.right && box.top >= outer.top && box.bottom <= outer.bottom;
}
