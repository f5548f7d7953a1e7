import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../../../packages/workflows/bin/fanfold.js", import.meta.url));

/**
 * An `npx` that knows `fanfold`, which is this commit's as it is built; what the real one installs is tested where packages
 * are packed. Returns its folder, for PATH.
 */
export function writeNpx(scratch: string): string {
  const folder = join(scratch, "bin");
  mkdirSync(folder);
  const script = `#!/bin/sh\n[ "$1" = fanfold ] || exit 127\nshift\nexec "${process.execPath}" "${BIN}" "$@"\n`;
  writeFileSync(join(folder, "npx"), script, { mode: 0o755 });
  return folder;
}
