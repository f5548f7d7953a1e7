import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Browser } from "@fanfold-rigs/browser";
import { drawSummary } from "./draw.ts";
import { drawPages } from "./pages.ts";
import { PICTURES, SCHEMES } from "./places.ts";
import { realSummary } from "./real-summary.ts";
import { runPicture } from "./run-picture.ts";

// Writes docs/pictures.

const started = await Browser.start();
if ("unavailable" in started) throw new Error(started.unavailable);
await using browser = started;
const summary = await realSummary();
await writeFile(join(PICTURES, "summary.md"), summary);
const scratch = await mkdtemp(join(tmpdir(), "fanfold-pictures-"));
try {
  for (const scheme of SCHEMES) {
    await writeFile(join(PICTURES, `run-${scheme}.svg`), runPicture(scheme));
    const png = await drawSummary(browser, summary, scheme, join(scratch, "summary.png"));
    await writeFile(join(PICTURES, `summary-${scheme}.png`), png);
  }
  await drawPages(browser, scratch, PICTURES);
} finally {
  await rm(scratch, { recursive: true });
}
