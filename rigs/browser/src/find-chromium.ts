import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where Chromium is, or why tests that need it cannot run. FANFOLD_CHROMIUM names another than the PATH's. */
export function findChromium(env: Environment = process.env): string | { readonly unavailable: string } {
  const named = env["FANFOLD_CHROMIUM"];
  if (named) {
    return isProgram(named) ? named : { unavailable: `FANFOLD_CHROMIUM names ${named}, which is not a program` };
  }
  // Half of Debian's graphics packages stand under it: unlike the test bed's programs it cannot be unpacked into a folder.
  const found = (env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, "chromium"))
    .find(isProgram);
  return (
    found ?? {
      unavailable:
        "chromium is not there; .ci/run installs Debian's package (apt-get install chromium), and FANFOLD_CHROMIUM may name it",
    }
  );
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
