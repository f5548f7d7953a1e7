import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Options } from "tsup";

type Plugin = NonNullable<Options["esbuildPlugins"]>[number];

/**
 * Writes the licences of all bundled third-party packages to `file`, each wording once. (The plugins there are write into a folder that
 * tsup has not made yet, or need Rollup.) `more`: files that are bundled in another way.
 */
export const licenses = (file: string, more: () => readonly string[] = () => []): Plugin => ({
  name: "licenses",
  setup(build) {
    build.initialOptions.metafile = true;
    build.onEnd(({ metafile }) => {
      const all = [...Object.keys(metafile?.inputs ?? {}), ...more()];
      const inputs = all.filter((input) => input.includes("node_modules/"));
      const folders = new Set(inputs.map((input) => packageFolder(resolve(input))));
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, `${sections([...folders].map(read)).join(`\n\n${"-".repeat(80)}\n\n`)}\n`);
    });
  },
});

function packageFolder(path: string): string {
  const match = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path);
  if (match === null) throw new Error(`${path} lies in no package`);
  return match[0];
}

interface Bundled {
  /** `commander 15.0.0 (MIT)` */
  readonly title: string;
  readonly text: string;
}

function read(folder: string): Bundled {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  // Of several, as where one may choose, always the same.
  const file = readdirSync(folder)
    .sort()
    .find((name) => /^(licen[cs]e|copying)/i.test(name));
  if (file === undefined && license === undefined) throw new Error(`${name} is bundled and states no licence`);
  const text = file === undefined ? `Licensed under ${license}.` : readFileSync(join(folder, file), "utf8").trim();
  return { title: `${name} ${version} (${license})`, text };
}

// With the case: a line of the terms may begin with "copyright notice".
const COPYRIGHT = /^\s*(?:Copyright (?:\([cC]\)|\u00a9|[A-Z\d])|\([cC]\) |\u00a9)/;
const HEADING = /^\W*(?:The )?(?:MIT|ISC) Licen[cs]e\W*(?:\((?:MIT|ISC)\)\W*)?$/i;

/** Packages with their copyright lines, and beneath them once the terms that they share. */
function sections(packages: readonly Bundled[]): readonly string[] {
  const shared = new Map<string, { readonly names: string[]; readonly terms: string }>();
  for (const { title, text } of packages.toSorted((a, b) => (a.title < b.title ? -1 : 1))) {
    const lines = text.split(/\r?\n/);
    const copyright = lines.filter((line) => COPYRIGHT.test(line));
    const terms = lines.filter((line) => !copyright.includes(line));
    const wording = terms.filter((line) => !HEADING.test(line)).join(" ");
    const key = wording.replaceAll(/["'\u201c\u201d\s]+/g, " ").trim();
    const known = shared.get(key) ?? {
      names: [],
      terms: terms
        .join("\n")
        .replaceAll(/\n{3,}/g, "\n\n")
        .trim(),
    };
    known.names.push([title, ...copyright.map((line) => `  ${line.trim()}`)].join("\n"));
    shared.set(key, known);
  }
  return [...shared.values()].map(({ names, terms }) => `${names.join("\n")}\n\n${terms}`);
}
