import axe from "axe-core";
import type { BrowserContext, Page } from "playwright-core";

/** Something that axe holds against a page: which rule, and the elements it concerns. */
export interface Violation {
  readonly rule: string;
  readonly elements: readonly string[];
}

/** A page in Chromium. `await using` closes it. */
export class OpenPage implements AsyncDisposable {
  /** Playwright's own page: keys, clicks, locators. */
  readonly page: Page;
  /** What went to the console as an error or a warning, exceptions that nobody caught, and dialogs. */
  readonly complaints: string[] = [];
  /** Addresses that the page asked for beyond files and data of its own; none was answered. */
  readonly requests: string[] = [];
  readonly #context: BrowserContext;

  constructor(page: Page, context: BrowserContext) {
    this.page = page;
    this.#context = context;
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") this.complaints.push(message.text());
    });
    page.on("pageerror", (error) => this.complaints.push(error.stack ?? error.message));
    page.on("dialog", (dialog) => {
      this.complaints.push(`${dialog.type()}: ${dialog.message()}`);
      dialog.dismiss().catch(() => undefined);
    });
  }

  /** Lets nothing through but files and data, and notes what was asked for. */
  async cutOff(): Promise<void> {
    await this.#context.route("**/*", async (route) => {
      const url = route.request().url();
      if (/^(?:file|data|blob|about):/.test(url)) return route.continue();
      this.requests.push(url);
      return route.abort();
    });
    await this.#context.routeWebSocket(/.*/, (socket) => {
      this.requests.push(socket.url());
      void socket.close();
    });
  }

  /** The value of an expression of JavaScript in the page. */
  read<T>(expression: string): Promise<T> {
    return this.page.evaluate<T>(expression);
  }

  /** Everything that axe-core holds against the page as it stands now; beyond WCAG, its best practices. */
  async violations(): Promise<readonly Violation[]> {
    // A page's policy may forbid scripts from outside; what the driver evaluates is not subject to it.
    await this.page.evaluate(axe.source);
    return this.read(
      `axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations.map(({ id, nodes }) =>
        ({ rule: id, elements: nodes.map(({ html, any, all, none }) => html.slice(0, 200) + "  " + [...any, ...all, ...none].map((check) => check.message).join("; ")) })))`,
    );
  }

  /** How many CSS pixels the page is wider than the window; 0: it does not scroll sideways. */
  sideways(): Promise<number> {
    return this.read("document.documentElement.scrollWidth - document.documentElement.clientWidth");
  }

  /** A PNG of the window, or of the whole page. */
  async picture(file: string, what: "window" | "page" = "window"): Promise<void> {
    await this.page.screenshot({ path: file, fullPage: what === "page", animations: "disabled", caret: "hide" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
  }
}
