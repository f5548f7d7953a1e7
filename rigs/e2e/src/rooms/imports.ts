import { parseSync, Visitor } from "oxc-parser";

/** What a source imports, types included. */
export interface Import {
  readonly specifier: string;
  /** From 1. */
  readonly line: number;
}

/**
 * Every import and re-export of a module, `import()` and types (`import("./x.ts").X`) included. An `import()` of anything
 * but a literal names no file and is left out.
 * @throws Error if the text is not TypeScript
 */
export function importsOf(path: string, text: string): readonly Import[] {
  const { program, errors } = parseSync(path, text);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${path}: ${error.message}`);
  const found: Import[] = [];
  const add = (source: { readonly type: string; readonly start: number } | null): void => {
    if (source === null || !("value" in source) || typeof source.value !== "string") return;
    found.push({ specifier: source.value, line: text.slice(0, source.start).split("\n").length });
  };
  new Visitor({
    ImportDeclaration: ({ source }) => add(source),
    ExportNamedDeclaration: ({ source }) => add(source),
    ExportAllDeclaration: ({ source }) => add(source),
    ImportExpression: ({ source }) => add(source),
    TSImportType: ({ source }) => add(source),
  }).visit(program);
  return found;
}
