import { readFile } from "node:fs/promises";
import type { Browser } from "@fanfold-rigs/browser";
import type { Scheme } from "./places.ts";
import { stamped } from "./stamp.ts";
import { PAGE_WIDTH, summaryPage } from "./summary-page.ts";

/** The picture of a step summary, no higher than what it shows. `file`: where Chromium may put it meanwhile. */
export async function drawSummary(browser: Browser, markdown: string, scheme: Scheme, file: string): Promise<Buffer> {
  const html = summaryPage(markdown, scheme);
  // The window is low, and the page grows beyond it.
  await using opened = await browser.open({ html }, { width: PAGE_WIDTH, height: 100, scheme });
  await opened.picture(file, "page");
  return stamped(await readFile(file), html);
}
