import { type Family, readFamily } from "../config/family.ts";

/** The family of a config and a matrix file that are on no disk. */
export function familyOf(config: string, matrix: string): Promise<Family> {
  const readInput = async (path: string): Promise<string> => (path === ".github/fanfold.yml" ? config : matrix);
  return readFamily({ root: "/nowhere", readInput }, { config: ".github/fanfold.yml", matrix: undefined });
}

/** What is found about a family's images, as `code line:column message`; what only warns is left out. */
export function errorsIn({ matrixFindings }: Family): readonly string[] {
  return matrixFindings
    .filter(({ severity }) => severity === "error")
    .map(({ code, at, message }) => {
      const place = at !== undefined && "file" in at ? `${at.line ?? ""}:${at.column ?? ""}` : "";
      return `${code} ${place} ${message}`;
    });
}
