/** An image of the family that an entry is built from. */
export interface PlannedBase {
  /**
   * The name of the build context that stands for it: the image's name as the Dockerfile writes it, in the short form in
   * which buildx compares it (no `docker.io/`, no `library/`, no `:latest`). Null: no line of the Dockerfile names it, so
   * that it is only built before.
   */
  readonly context: string | null;
  /** The base's name. */
  readonly image: string;
  /** Of the base's legs in this run; none where it is not built in it. */
  readonly artifacts: readonly string[];
  /** Whether it is built in this run; it is taken as published otherwise. */
  readonly selected: boolean;
}

/** By artifact name, of selected entries that are built from images of the family. */
export type PlannedBases = Readonly<Record<string, readonly PlannedBase[]>>;
