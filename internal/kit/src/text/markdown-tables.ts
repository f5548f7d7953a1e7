/** Markdown with the first table below each heading replaced. @throws Error where a heading has none */
export function withTables(
  markdown: string,
  tables: readonly (readonly [heading: string, rows: readonly string[]])[],
): string {
  return tables.reduce((text, [heading, rows]) => {
    const start = text.indexOf(`\n${heading}\n`);
    const table = /^(?:\|.*\n)+/m.exec(text.slice(start));
    if (start === -1 || table === null) throw new Error(`there is no table below ${heading}`);
    const at = start + table.index;
    return `${text.slice(0, at)}${rows.join("\n")}\n${text.slice(at + table[0].length)}`;
  }, markdown);
}
