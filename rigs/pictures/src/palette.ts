import type { Scheme } from "./places.ts";

export interface Palette {
  /** What GitHub's page has behind a picture. */
  readonly page: string;
  readonly text: string;
  readonly quiet: string;
  readonly line: string;
  readonly panel: string;
  readonly good: string;
  readonly bad: string;
  readonly link: string;
}

export const PALETTES: Readonly<Record<Scheme, Palette>> = {
  light: {
    page: "#ffffff",
    text: "#1f2328",
    quiet: "#59636e",
    line: "#d1d9e0",
    panel: "#f6f8fa",
    good: "#1a7f37",
    bad: "#d1242f",
    link: "#0969da",
  },
  dark: {
    page: "#0d1117",
    text: "#f0f6fc",
    quiet: "#9198a1",
    line: "#3d444d",
    panel: "#151b23",
    good: "#3fb950",
    bad: "#f85149",
    link: "#4493f8",
  },
};
