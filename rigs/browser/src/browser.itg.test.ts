import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Browser } from "./browser.ts";
import { findChromium } from "./find-chromium.ts";

let started: Browser | { readonly unavailable: string };

beforeAll(async () => {
  started = await Browser.start();
});
afterAll(async () => {
  if (started instanceof Browser) await started[Symbol.asyncDispose]();
});
beforeEach(({ skip }) => {
  if (!(started instanceof Browser)) skip(started.unavailable);
});

const browser = (): Browser => {
  if (started instanceof Browser) return started;
  throw new Error(started.unavailable);
};
const page = (body: string): string =>
  `<!doctype html><html lang="en"><head><title>A page</title></head><body>${body}</body></html>`;

test("a page is looked at in a width and a colour scheme", async () => {
  const html = page("<main><h1>Here</h1></main>");
  await using opened = await browser().open({ html }, { width: 360, scheme: "dark" });
  expect(await opened.read("innerWidth")).toBe(360);
  expect(await opened.read('matchMedia("(prefers-color-scheme: dark)").matches')).toBe(true);
  expect(await opened.sideways()).toBe(0);
  expect(await opened.violations()).toEqual([]);
  expect(opened.complaints).toEqual([]);
  await opened.page.emulateMedia({ media: "print" });
  expect(await opened.read('matchMedia("print").matches')).toBe(true);
});

test("what is wrong with a page is seen", async () => {
  const html = page(
    '<main><h1>Here</h1><img src="data:,"><div style="width:2000px">wide</div></main><script>console.error("no"); alert("hello"); missing()</script>',
  );
  await using opened = await browser().open({ html });
  expect(opened.complaints).toEqual([
    "no",
    "alert: hello",
    expect.stringContaining("ReferenceError: missing is not defined"),
  ]);
  expect((await opened.violations()).map(({ rule }) => rule)).toContain("image-alt");
  expect(await opened.sideways()).toBeGreaterThan(700);
});

test("no request leaves, not even to this machine", async () => {
  const heard: string[] = [];
  await using server = createServer((request, response) => {
    heard.push(request.url ?? "");
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const url = `http://127.0.0.1:${address.port}`;
  const html = page(
    `<main><h1>Here</h1><img alt="" src="${url}/image"></main><script>fetch("${url}/fetch").catch(() => 0); navigator.sendBeacon("${url}/beacon"); new WebSocket("ws://127.0.0.1:${address.port}/socket")</script>`,
  );
  await using opened = await browser().open({ html });
  await opened.page.waitForTimeout(200);
  expect(opened.requests.toSorted()).toEqual([
    ...["beacon", "fetch", "image"].map((path) => `${url}/${path}`),
    `ws://127.0.0.1:${address.port}/socket`,
  ]);
  expect(heard).toEqual([]);
});

test("a picture of the window is a PNG of its size", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fanfold-picture-"));
  try {
    await using opened = await browser().open(
      { html: page("<main><h1>Here</h1></main>") },
      { width: 400, height: 300 },
    );
    const file = join(folder, "page.png");
    await opened.picture(file);
    const bytes = readFileSync(file);
    expect(bytes.subarray(1, 4).toString()).toBe("PNG");
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([400, 300]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a machine without Chromium is told why", () => {
  expect(findChromium({ PATH: "/nowhere:" })).toEqual({
    unavailable: expect.stringContaining("apt-get install chromium"),
  });
  expect(findChromium({ FANFOLD_CHROMIUM: "/nowhere/chromium" })).toEqual({
    unavailable: "FANFOLD_CHROMIUM names /nowhere/chromium, which is not a program",
  });
});
