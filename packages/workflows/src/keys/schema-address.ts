/** A document whose JSON Schema is published, as `<name>.schema.json`. */
export type SchemaName = "config" | "matrix" | "plan";

/**
 * Where a schema is found: in the newest release that breaks nothing written for this version. Before version 1 a minor
 * release may break (`^0.3.1` is `0.3.x`), so its number belongs to the address. The line stays as it is in a file from
 * then on, and unpkg redirects a range to the release.
 */
export function schemaAddress(name: SchemaName, version: string): string {
  const [major = "", minor = ""] = version.split(".");
  const range = major === "0" ? `${major}.${minor}` : major;
  return `https://unpkg.com/fanfold@${range}/schema/${name}.schema.json`;
}

/** The line by which editors find the schema of a YAML file. */
export function schemaLine(name: SchemaName, version: string): string {
  return `# yaml-language-server: $schema=${schemaAddress(name, version)}`;
}
