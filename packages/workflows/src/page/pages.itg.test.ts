import { Browser, type OpenPage } from "@fanfold-rigs/browser";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { PageData } from "./data/page-data.ts";
import { renderPage } from "./page.ts";
import { samplePlan, sampleStatus } from "./testing/sample-pages.ts";
import { sampleReplay } from "./testing/sample-replay.ts";

let started: Browser | { readonly unavailable: string };
beforeAll(async () => {
  started = await Browser.start();
});
afterAll(async () => {
  if (started instanceof Browser) await started[Symbol.asyncDispose]();
});
beforeEach(({ skip }) => {
  if (!(started instanceof Browser)) skip(`pages are not opened: ${started.unavailable}`);
});

const MADE = "2027-03-01T05:54:00.000Z";
const replay = sampleReplay({ pushes: 120, images: 40 });
const pages: Readonly<Record<PageData["kind"], PageData>> = {
  replay: { kind: "replay", made: MADE, replay },
  plan: { kind: "plan", made: MADE, plan: samplePlan() },
  status: { kind: "status", made: MADE, status: sampleStatus() },
};
const kinds = ["replay", "plan", "status"] as const;

async function open(data: PageData, look: Parameters<Browser["open"]>[1] = {}): Promise<OpenPage> {
  if (!(started instanceof Browser)) throw new Error(started.unavailable);
  return started.open({ html: renderPage("A page", data) }, look);
}
const count = (opened: OpenPage, selector: string): Promise<number> => opened.page.locator(selector).count();

describe.each(kinds)("the page of a %s", (kind) => {
  test("opens without a complaint or a request, is accessible in light and dark, and fits a narrow window", async () => {
    await using opened = await open(pages[kind]);
    expect(await opened.page.locator("h1").textContent()).toContain(
      { replay: "Replay of", plan: "Plan of", status: "Status of" }[kind],
    );
    // One of everything that can be opened is open.
    await opened.page.locator(".opener").first().click();
    for (const summary of await opened.page.locator("summary").all()) await summary.click();
    for (const width of [1200, 360]) {
      for (const colorScheme of ["light", "dark"] as const) {
        await opened.page.setViewportSize({ width, height: 800 });
        await opened.page.emulateMedia({ colorScheme });
        expect(await opened.violations(), `${width} ${colorScheme}`).toEqual([]);
        expect(await opened.sideways(), `${width}`).toBe(0);
      }
    }
    expect(opened.complaints).toEqual([]);
    expect(opened.requests).toEqual([]);
  });

  test("its keys reach everything that can be used, and show where they are", async () => {
    await using opened = await open(pages[kind]);
    const usable = await opened.read<number>(
      `[...document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']")].filter((each) => each.checkVisibility()).length`,
    );
    const seen = new Set<string>();
    for (let presses = 0; presses <= usable; presses += 1) {
      await opened.page.keyboard.press("Tab");
      const [where, outline] = await opened.read<readonly [string, string]>(
        `(() => { const each = document.activeElement; return [[...document.querySelectorAll("*")].indexOf(each) + " " + each.tagName, getComputedStyle(each).outlineStyle]; })()`,
      );
      if (where.endsWith("BODY") || where.endsWith("HTML")) continue;
      expect(outline, where).not.toBe("none");
      seen.add(where);
    }
    expect(seen.size).toBe(usable);
  });

  test("on paper everything is there that is folded or cut off on a screen", async () => {
    // A sheet of A4 is narrower than many windows.
    await using opened = await open(pages[kind], { width: 718 });
    const hidden = `[...document.querySelectorAll("main tbody tr, main th, main td, main figure, main details > :not(summary)")].filter((each) => !each.checkVisibility({ contentVisibilityAuto: true })).length`;
    const before = await opened.read<number>(hidden);
    expect(before).toBeGreaterThan(kind === "status" ? -1 : 0);
    await opened.page.emulateMedia({ media: "print", colorScheme: "dark" });
    await expect.poll(() => opened.read<number>(hidden)).toBe(0);
    expect(
      await opened.read(
        `[...document.querySelectorAll(".scroll")].filter((each) => getComputedStyle(each).overflowX !== "visible").length`,
      ),
    ).toBe(0);
    expect(await opened.read(`getComputedStyle(document.documentElement).backgroundColor`)).toBe("rgb(255, 255, 255)");
    expect(await opened.page.locator("input, select, .opener, .more").filter({ visible: true }).count()).toBe(0);
    await opened.page.emulateMedia({ media: "screen" });
    await expect.poll(() => opened.read<number>(hidden)).toBe(before);
  });
});

describe("charts of a replay", () => {
  test("have a bar for each part of their data, as long as it is", async () => {
    await using opened = await open(pages.replay);
    // 120 pushes, two a bar, and a table that says the same.
    expect(await count(opened, ".over-time .everything .ct-bar")).toBe(60);
    expect(await count(opened, ".over-time .ours .ct-bar")).toBe(60);
    const bars = await opened.read<readonly number[]>(
      `[...document.querySelectorAll(".over-time .ours .ct-bar")].map((each) => each.y1.baseVal.value - each.y2.baseVal.value)`,
    );
    const oldestFirst = replay.pushes.toReversed().map(({ entries }) => entries);
    const means = bars.map((_, at) => ((oldestFirst[2 * at] ?? 0) + (oldestFirst[2 * at + 1] ?? 0)) / 2);
    const longest = Math.max(...means);
    const scale = Math.max(...bars) / longest;
    for (const [at, mean] of means.entries()) expect(bars[at], String(at)).toBeCloseTo(mean * scale, 1);
    expect(await count(opened, '[aria-labelledby="over-time-caption"] tbody tr')).toBe(60);
    // Runner time, queue and wall clock, each of three ways.
    expect(await count(opened, ".compared .ct-bar")).toBe(9);
    expect(await opened.page.locator(".compared text.value").first().textContent()).toMatch(/ (?:h|min|s)$/);
    expect(await count(opened, "#causes-table .bar")).toBe(replay.causes.length);
  });

  test("have a box for each image that others stand on, one for those alike, and a line for each edge", async () => {
    await using opened = await open(pages.replay);
    const bases = replay.images.filter(({ wave }) => wave === 1).length;
    expect(bases).toBe(3);
    expect(await count(opened, ".graph .box:not(.several)")).toBe(bases);
    expect(await count(opened, ".graph .several")).toBe(3);
    expect(await count(opened, ".graph .edge")).toBe(3);
  });

  test("are left out where nothing was asked for", async () => {
    const plain = sampleReplay({ pushes: 5, images: 4, whole: false });
    await using opened = await open({ kind: "replay", made: MADE, replay: plain });
    expect(await opened.page.locator("section h2").allTextContents()).toEqual([
      "Builds over time",
      "Causes",
      "Images",
      "Pushes",
      "Files that nothing mentions",
    ]);
    await using empty = await open({
      kind: "replay",
      made: MADE,
      replay: sampleReplay({ pushes: 0, images: 3, whole: false }),
    });
    expect(await empty.page.locator("section h2").allTextContents()).toEqual([
      "Causes",
      "Images",
      "Files that nothing mentions",
    ]);
    expect([...opened.complaints, ...empty.complaints]).toEqual([]);
  });
});

describe("the table of a thousand pushes", () => {
  const many = sampleReplay({ pushes: 1000, images: 60 });
  const rows = "#pushes-table tbody tr:not(.opened)";
  const shown = (opened: OpenPage): Promise<readonly string[]> =>
    opened.page.locator(`${rows} td:nth-child(2)`).filter({ visible: true }).allTextContents();
  let opened: OpenPage;
  beforeEach(async () => {
    opened = await open({ kind: "replay", made: MADE, replay: many });
  });

  test("is searched by keys, and says how many it has found", async () => {
    await using _ = opened;
    await opened.page.getByLabel("Search pushes").focus();
    await opened.page.keyboard.type("FIX: base-2");
    const found = many.pushes.filter(({ images }) => images.includes(2));
    expect(found.length).toBeGreaterThan(3);
    await expect
      .poll(() => opened.page.locator("#pushes .count").textContent())
      .toBe(`${found.length} of 1,000 pushes`);
    await opened.page.getByRole("button", { name: `Show all ${found.length} pushes` }).click();
    expect((await shown(opened)).map((text) => /change \d+/.exec(text)?.[0])).toEqual(
      found.map(({ subject }) => subject.replace("fix: ", "")),
    );
    await opened.page.getByLabel("Search pushes").focus();
    await opened.page.keyboard.press("Control+A");
    await opened.page.keyboard.type("nothing like it");
    await expect.poll(() => opened.page.locator("#pushes .count").textContent()).toBe("0 of 1,000 pushes");
    expect(await count(opened, rows)).toBe(0);
  });

  test("is filtered and shown whole by mouse", async () => {
    await using _ = opened;
    expect(await shown(opened)).toHaveLength(50);
    await opened.page.getByRole("button", { name: "Show all 1,000 pushes" }).click();
    expect(await shown(opened)).toHaveLength(1000);
    await opened.page.locator("#pushes-table-filter").selectOption("this config alone builds");
    const less = many.pushes.filter(({ against }) => (against?.missedByAgainst.length ?? 0) > 0).length;
    expect(less).toBeGreaterThan(10);
    expect(await shown(opened)).toHaveLength(less);
    await opened.page.getByLabel("Search pushes").click();
    await opened.page.keyboard.type(many.pushes[0]?.sha ?? "");
    expect((await shown(opened)).length).toBeLessThanOrEqual(1);
  });

  test("is sorted by mouse and by keys", async () => {
    await using _ = opened;
    const head = opened.page.locator("#pushes-table th", { hasText: "Entries" });
    const entries = async (): Promise<readonly number[]> =>
      (await opened.page.locator(`${rows} td:nth-child(4)`).allTextContents()).map((text) => Number.parseInt(text, 10));
    const sorted = many.pushes.map(({ entries }) => entries).toSorted((left, right) => left - right);
    await head.getByRole("button").click();
    expect(await head.getAttribute("aria-sort")).toBe("descending");
    expect(await entries()).toEqual(sorted.toReversed());
    await opened.page.keyboard.press("Enter");
    expect(await head.getAttribute("aria-sort")).toBe("ascending");
    expect(await entries()).toEqual(sorted);
    // One column at a time, and focus stays where it was.
    expect(await count(opened, "#pushes-table [aria-sort]")).toBe(1);
    await opened.page.keyboard.press("Space");
    expect(await head.getAttribute("aria-sort")).toBe("descending");
    await opened.page.locator("#pushes-table th", { hasText: "Push" }).getByRole("button").click();
    const names = await opened.page.locator(`${rows} td:nth-child(2)`).allTextContents();
    expect(names.slice(0, 3).map((text) => /change \d+/.exec(text)?.[0])).toEqual(["change 1", "change 2", "change 3"]);
  });

  test("opens a row by keys, with what is built and why, and keeps it open when it is sorted", async () => {
    await using _ = opened;
    const at = many.pushes.findIndex(
      ({ images, against }) => images.length > 1 && against?.missedByAgainst.length === 1,
    );
    const push = many.pushes[at];
    if (push === undefined) throw new Error("no such push");
    const button = opened.page.getByRole("button", { name: `Details of push ${push.sha.slice(0, 7)}` });
    await opened.page.getByRole("button", { name: "Show all 1,000 pushes" }).click();
    await button.focus();
    await opened.page.keyboard.press("Enter");
    expect(await button.getAttribute("aria-expanded")).toBe("true");
    const row = opened.page.locator("#pushes-table tr.opened");
    const text = await row.textContent();
    for (const image of push.images) expect(text).toContain(many.images[image]?.name);
    for (const { cause, path } of push.why) expect(text).toContain(`${many.causes[cause]?.text}${path}`);
    expect(text).toContain(`Built by this config alone: ${many.images[push.images[0] ?? 0]?.name}.`);
    await opened.page
      .locator("#pushes-table th", { hasText: /^Time$/ })
      .getByRole("button")
      .click();
    const before = await opened.read<string>("document.querySelector('tr.opened').previousElementSibling.textContent");
    expect(before).toContain(push.sha.slice(0, 7));
    await button.focus();
    await opened.page.keyboard.press("Enter");
    expect(await row.count()).toBe(0);
  });
});

describe("text that somebody else wrote", () => {
  const texts = [
    `</script><script>document.title='run'</script><img src=x onerror="document.title='run'">"'><svg onload=document.title='run'>`,
    "two\nlines\u2028and \u202edesrever javascript:document.title='run'//{{constructor.constructor('document.title=1')()}}",
  ];
  test.each(texts)("%j runs nothing, and is shown as text", async (text) => {
    const hostile: readonly PageData[] = [
      { kind: "replay", made: MADE, replay: sampleReplay({ pushes: 20, images: 10, text }) },
      { kind: "plan", made: MADE, plan: samplePlan(text) },
      { kind: "status", made: MADE, status: sampleStatus(text) },
    ];
    for (const data of hostile) {
      await using opened = await open(data, { width: 360 });
      for (const opener of (await opened.page.locator(".opener").all()).slice(0, 5)) await opener.click();
      for (const summary of await opened.page.locator("summary").all()) await summary.click();
      expect(await opened.page.title()).toBe("A page");
      expect(
        await opened.read(
          "[document.images.length, document.scripts.length, document.querySelectorAll('[onerror], [onload], script ~ script ~ script').length]",
        ),
      ).toEqual([0, 2, 0]);
      expect(opened.complaints).toEqual([]);
      expect(opened.requests).toEqual([]);
      expect(await opened.sideways()).toBe(0);
      const visible = text.replaceAll("\n", "\\n").replaceAll("\u2028", "\\u2028").replaceAll("\u202e", "\\u202e");
      expect(await opened.page.locator("h1").textContent()).toContain(visible);
      expect(await opened.page.locator("main").textContent()).toContain(visible);
      expect(
        await opened.read("/[\\u202a-\\u202e\\u2066-\\u2069]/.test(document.querySelector('main').textContent)"),
      ).toBe(false);
    }
  });
});
