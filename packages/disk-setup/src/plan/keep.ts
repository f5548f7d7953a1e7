import { didYouMean } from "@fanfold-internal/kit/read/nearest";
import { DiskSetupError } from "../base/error.ts";
import { KEEPABLE } from "../probe/catalogue.ts";

/**
 * Names of the catalogue's rows, and `images`.
 *
 * @throws DiskSetupError `keep-unknown`: sparing nothing by a typing error would delete what the job uses
 */
export function checkKeep(names: readonly string[]): readonly string[] {
  for (const name of names) {
    if (KEEPABLE.includes(name)) continue;
    throw new DiskSetupError({
      code: "keep-unknown",
      message: `expected one of ${KEEPABLE.join(", ")}, found "${name}"${didYouMean(name, KEEPABLE)}`,
      fix: "name what the job uses by these words",
    });
  }
  return names;
}
