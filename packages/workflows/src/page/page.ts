import { createHash } from "node:crypto";
import { printable } from "@fanfold-internal/kit/text/printable";
import { script, style } from "./client-asset.ts";
import type { PageData } from "./data/page-data.ts";
import { embeddedJson, escapedHtml } from "./embedded-json.ts";

/**
 * A page in one file: data, styles and the script that shows them. Its policy lets a browser run that script and nothing else,
 * and lets it ask nobody for anything. The charts set style attributes.
 */
export function renderPage(title: string, data: PageData): string {
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src-elem '${hashOf(style)}'`,
    "style-src-attr 'unsafe-inline'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapedHtml(printable(title))}</title>
<style>${style}</style>
</head>
<body>
<noscript><p>This page shows its data by a script of its own, and scripts are turned off here.</p></noscript>
<script type="application/json" id="data">${embeddedJson(data)}</script>
<script>${script}</script>
</body>
</html>
`;
}

/** The data of a page that `renderPage` made. */
export function dataOf(page: string): unknown {
  const [, json] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page) ?? [];
  return json === undefined ? undefined : JSON.parse(json);
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
