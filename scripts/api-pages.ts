import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Application, type DeclarationReflection, ReflectionKind, type TypeDocOptions } from "typedoc";
import type { PluginOptions } from "typedoc-plugin-markdown";

const packages = fileURLToPath(new URL("../packages", import.meta.url));

/** The public API of each package, read from what its `index.ts` exports. */
export interface ApiPages {
  /** Markdown, by package. */
  readonly pages: ReadonlyMap<string, string>;
  /** Exports without a docstring, as `package: name`. */
  readonly undocumented: readonly string[];
}

/** `directory` takes what typedoc writes. */
export async function apiPages(directory: string): Promise<ApiPages> {
  const names = readdirSync(packages).toSorted();
  const options: Partial<TypeDocOptions & PluginOptions> = {
    entryPoints: names.map((name) => join(packages, name, "src/index.ts")),
    // It imports all others. Types are checked elsewhere.
    tsconfig: join(packages, "workflows/tsconfig.json"),
    skipErrorChecking: true,
    plugin: ["typedoc-plugin-markdown"],
    outputs: [{ name: "markdown", path: directory }],
    outputFileStrategy: "modules",
    flattenOutputFiles: true,
    readme: "none",
    // No line of a source and no path of this machine: what stays the same reads the same.
    disableSources: true,
    disableGit: true,
    hideGenerator: true,
    hideBreadcrumbs: true,
    hidePageHeader: true,
    excludePrivate: true,
    excludeExternals: true,
    expandObjects: false,
    parametersFormat: "table",
    interfacePropertiesFormat: "table",
    classPropertiesFormat: "table",
    propertyMembersFormat: "table",
    typeDeclarationFormat: "table",
    tableColumnSettings: { hideModifiers: true, hideInherited: true, hideOverrides: true, hideSources: true },
    // Types that are not exported are told by their names.
    validation: { notExported: false, invalidLink: true, notDocumented: false },
    logLevel: "Error",
  };
  const app = await Application.bootstrapWithPlugins(options);
  const project = await app.convert();
  if (project === undefined) throw new Error("typedoc reads nothing");
  await app.generateOutputs(project);
  const modules = project.children ?? [];
  return {
    pages: new Map(names.map((name) => [name, pageOf(name, readFileSync(join(directory, `${name}.src.md`), "utf8"))])),
    undocumented: modules.flatMap(({ name, children = [] }) =>
      children.filter((each) => !isDocumented(each)).map((each) => `${name.replace("/src", "")}: ${each.name}`),
    ),
  };
}

function pageOf(name: string, markdown: string): string {
  const body = markdown
    .replace(/^# .*\n/, "")
    .replaceAll(/<a id="[^"]*"><\/a> /g, "")
    .replaceAll(".src.md", ".md")
    .replaceAll(/^\*\*\*\n\n/gm, "");
  const note = "<!-- Made from docstrings by a test; do not edit. -->";
  const intro = `What \`@fanfold/${name}\` exports, by name; [its README](../../packages/${name}/README.md) says how to use it.`;
  return `# @fanfold/${name}\n\n${note}\n\n${intro}\n${body}`;
}

function isDocumented(reflection: DeclarationReflection): boolean {
  if (reflection.kindOf(ReflectionKind.Reference)) return true;
  return [reflection, ...(reflection.signatures ?? [])].some((each) => each.hasComment());
}
