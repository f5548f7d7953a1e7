import type { Family } from "../../config/family.ts";

/** What is there: the families to generate for, and the texts of all workflows and of the two composite actions. */
export interface Project {
  readonly families: readonly Family[];
  /** Whether `families` are all that the repository has. */
  readonly complete: boolean;
  readonly files: ReadonlyMap<string, string>;
}

export interface GeneratedFile {
  /** From the repository's root. */
  readonly path: string;
  readonly text: string;
  /** The config it was made from; undefined: it is the same for all. */
  readonly configFile: string | undefined;
}
