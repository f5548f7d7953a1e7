import { marked } from "marked";
import { PALETTES } from "./palette.ts";
import type { Scheme } from "./places.ts";

/** Drawn twice as large as it is shown, for screens with small pixels. */
const ZOOM = 2;
export const PAGE_WIDTH: number = 760 * ZOOM;

/** A step summary as a page, which looks about as GitHub shows it below a run. */
export function summaryPage(markdown: string, scheme: Scheme): string {
  const { page, text, quiet, line, panel } = PALETTES[scheme];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>A step summary</title>
<style>
body { zoom: ${ZOOM}; margin: 0; padding: 12px; background: ${page}; color: ${text}; font: 14px/1.5 "Liberation Sans", Arial, sans-serif; }
main { border: 1px solid ${line}; border-radius: 6px; padding: 4px 20px 8px; }
h1 { color: ${quiet}; font-size: 12px; font-weight: normal; margin: 8px 0 0; }
h3 { font-size: 18px; margin: 12px 0; }
code { background: ${panel}; border-radius: 6px; padding: 2px 5px; font: 12px "Liberation Mono", monospace; }
table { border-collapse: collapse; margin: 12px 0; }
th, td { border: 1px solid ${line}; padding: 5px 12px; text-align: left; }
details { margin: 12px 0; }
</style>
</head>
<body><main><h1>services · plan summary</h1>
${marked.parse(markdown, { async: false, gfm: true })}
</main></body>
</html>
`;
}
