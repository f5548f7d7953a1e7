import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser as Chromium, chromium } from "playwright-core";
import { findChromium } from "./find-chromium.ts";
import { OpenPage } from "./open-page.ts";

/** How a page is looked at. */
export interface Look {
  /** CSS pixels; 1200 by default. */
  readonly width?: number;
  /** 800 by default. */
  readonly height?: number;
  /** `light` by default. */
  readonly scheme?: "light" | "dark";
  /** `print`: as it comes out of a printer. */
  readonly media?: "screen" | "print";
}

/** A file, or the text of a page. */
export type Source = { readonly file: string } | { readonly html: string };

/** A running Chromium that reaches no network. `await using` ends it. */
export class Browser implements AsyncDisposable {
  readonly version: string;
  readonly #chromium: Chromium;
  readonly #folder: string;
  #files = 0;

  private constructor(chromium: Chromium) {
    this.#chromium = chromium;
    this.version = chromium.version();
    this.#folder = mkdtempSync(join(tmpdir(), "fanfold-browser-"));
  }

  /** Starts one; where that cannot be done, the reason in one line. */
  static async start(): Promise<Browser | { readonly unavailable: string }> {
    const found = findChromium();
    if (typeof found !== "string") return found;
    try {
      return new Browser(
        await chromium.launch({
          executablePath: found,
          // Chromium's sandbox refuses to work for root, and for root alone it is turned off.
          chromiumSandbox: process.getuid?.() !== 0,
          args: ["--host-resolver-rules=MAP * ~NOTFOUND", "--force-color-profile=srgb"],
        }),
      );
    } catch (error) {
      return { unavailable: `${found} does not start: ${reasonOf(error)}` };
    }
  }

  /** Opens a page of its own profile, and waits until its scripts have run. */
  async open(
    source: Source,
    { width = 1200, height = 800, scheme = "light", media = "screen" }: Look = {},
  ): Promise<OpenPage> {
    const context = await this.#chromium.newContext({
      viewport: { width, height },
      colorScheme: scheme,
      reducedMotion: "reduce",
      offline: true,
      serviceWorkers: "block",
      locale: "en-GB",
      timezoneId: "UTC",
    });
    const page = await context.newPage();
    const opened = new OpenPage(page, context);
    await opened.cutOff();
    await page.emulateMedia({ media });
    await page.goto(pathToFileURL(this.#fileOf(source)).href, { waitUntil: "load" });
    return opened;
  }

  /** What a page does may depend on where it comes from, so a text is opened as a file, too. */
  #fileOf(source: Source): string {
    if ("file" in source) return source.file;
    this.#files += 1;
    const file = join(this.#folder, `${this.#files}.html`);
    writeFileSync(file, source.html);
    return file;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chromium.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Chromium's own last word, else the driver's first. */
function reasonOf(error: unknown): string {
  const lines = (error instanceof Error ? error.message : String(error)).split("\n").map((line) => line.trim());
  return lines.find((line) => line.includes("FATAL")) ?? lines[0] ?? "";
}
