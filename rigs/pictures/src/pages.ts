import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Browser, Look } from "@fanfold-rigs/browser";
import { gitEnvironment } from "@fanfold-rigs/github-stand-in";
import { PUSHES, pagesHistory } from "./pages-history.ts";

const BIN = fileURLToPath(new URL("../../../packages/workflows/bin/fanfold.js", import.meta.url));

interface PagePicture {
  readonly name: string;
  readonly page: "replay" | "plan";
  readonly look: Look;
  /** What is searched for, and pressed then. */
  readonly search?: string;
  readonly press?: string;
  /** What stands at the top; default: the page's beginning. */
  readonly from?: string;
}

/** Pages as they are shown in the docs. */
export const PAGE_PICTURES: readonly PagePicture[] = [
  { name: "replay", page: "replay", look: { width: 1100, height: 1120 } },
  { name: "replay-against", page: "replay", look: { width: 1100, height: 960 }, from: "#against" },
  {
    name: "replay-pushes",
    page: "replay",
    look: { width: 1100, height: 760, scheme: "dark" },
    from: "#pushes",
    search: "grpc",
    press: "tr:has-text('one gRPC server') .opener",
  },
  { name: "plan", page: "plan", look: { width: 1100, height: 900 }, press: "tr:has-text('chatterbox') .opener" },
];

/** Writes them to `folder`. `scratch`: where the pages may lie meanwhile. */
export async function drawPages(
  browser: Browser,
  scratch: string,
  folder: string,
  pushes: number = PUSHES,
): Promise<void> {
  await writePages(scratch, pushes);
  for (const { name, page, look, search, press, from } of PAGE_PICTURES) {
    await using opened = await browser.open({ file: join(scratch, `${page}.html`) }, look);
    if (search !== undefined) await opened.page.locator(`${from} input[type=search]`).fill(search);
    if (press !== undefined) await opened.page.locator(press).first().click();
    // Neither the mouse nor the focus is part of the picture.
    await opened.page.mouse.move(0, 0);
    await opened.read("document.activeElement.blur()");
    await opened.read(from === undefined ? "scrollTo(0, 0)" : `document.querySelector("${from}").scrollIntoView()`);
    await opened.picture(join(folder, `${name}.png`));
  }
}

/** A year of pushes, and the plan of one of them, by the built command. */
async function writePages(scratch: string, count: number): Promise<void> {
  const { repository, pushes, against, durations, latest } = await pagesHistory(count);
  await using _ = repository;
  await writeFile(join(scratch, "pushes"), pushes);
  // In the clone, so that the page names it as people would.
  await writeFile(join(repository.path, "durations.yml"), durations);
  const env = { ...process.env, ...gitEnvironment() };
  const fanfold = (...args: readonly string[]) =>
    promisify(execFile)(process.execPath, [BIN, ...args], { cwd: repository.path, env });
  const which = ["--pushes", join(scratch, "pushes"), "--last", String(count), "--against", against];
  await fanfold("replay", ...which, "--durations", "durations.yml", "--html", join(scratch, "replay.html"));
  await fanfold("plan", "--base", `${latest}~1`, "--head", latest, "--html", join(scratch, "plan.html"));
}
