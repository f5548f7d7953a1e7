import type { Place } from "@fanfold-internal/kit/process/diagnostic";
import { systemCodeOf } from "@fanfold-internal/kit/process/errors";
import { type BakeEntries, bakeEntries } from "./bake-entries.ts";
import type { BakeSpec } from "./bake-spec.ts";
import { fingerprint } from "./fingerprints.ts";
import { type BakePrinter, printSteadyBake } from "./print-bake.ts";
import { targetPlaces } from "./target-places.ts";

/** What bake files say is built. */
export interface BakedTargets extends BakeEntries {
  /** All files that count. */
  readonly paths: readonly string[];
  readonly placeOf: (target: string) => Place;
  /** Of an image's target: another one where anything of it is another. */
  readonly fingerprintOf: (target: string) => string;
}

export interface BakeGround extends BakePrinter {
  /** Platform to runner. */
  readonly runners: Readonly<Record<string, string>>;
}

// Compose files take values from it, where bake runs, and no others do.
export const DOT_ENV = ".env";

/**
 * Reads bake files, those that Compose files read in their turn, and what they evaluate to. `read` gives the text of a file, as of whichever commit is built.
 * @throws WorkflowsError `unreadable-input`; what `read` throws
 */
export async function bakedTargets(
  spec: BakeSpec,
  read: (path: string) => Promise<string>,
  { runners, ...printer }: BakeGround,
): Promise<BakedTargets> {
  const files = new Map<string, string>();
  for (const file of spec.files) files.set(file, await read(file));
  const compose = spec.files.some((path) => /\.ya?ml$/i.test(path));
  const dotEnv = compose ? await optional(read, DOT_ENV) : undefined;
  const texts = new Map([...files, ...(dotEnv === undefined ? [] : [[DOT_ENV, dotEnv] as const])]);
  const beside = async (path: string): Promise<string | undefined> => {
    const text = compose ? await optional(read, path) : undefined;
    if (text !== undefined) texts.set(path, text);
    return text;
  };
  const given = new Map(texts);
  const printed = await printSteadyBake(spec, given, { ...printer, beside }, (target, found) =>
    targetPlaces(files, found)(target),
  );
  const placeOf = targetPlaces(files, printed);
  const found = bakeEntries(printed, { file: spec.files[0], placeOf, runners });
  return {
    ...found,
    paths: [...new Set([...spec.files, ...(compose ? [DOT_ENV] : []), ...texts.keys()])],
    placeOf,
    fingerprintOf(target) {
      const linked = found.entries.find(({ backend }) => backend === target)?.["linked"] ?? {};
      return fingerprint({ own: printed.targets.get(target) ?? {}, linked });
    },
  };
}

async function optional(read: (path: string) => Promise<string>, path: string): Promise<string | undefined> {
  try {
    return await read(path);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemCodeOf(error) ?? "")) return undefined;
    throw error;
  }
}
