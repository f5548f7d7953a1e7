export { Browser, type Look, type Source } from "./browser.ts";
export { OpenPage, type Violation } from "./open-page.ts";
