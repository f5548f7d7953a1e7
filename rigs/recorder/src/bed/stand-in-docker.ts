import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Bed } from "./bed.ts";

/**
 * Puts a `docker` on the PATH that tells what it was asked, and says that it has built this digest. Undefined: it fails.
 * It answers `buildx build`; of all else it only tells.
 */
export async function placeDocker(bed: Bed, digest: string | undefined): Promise<void> {
  const answer = digest === undefined ? 'echo "ERROR: failed to solve" >&2; exit 1' : `digest='${digest}'`;
  const script = `#!${join(bed.programs, "bash")}
printf 'docker was asked:' >&2
printf ' %q' "$@" >&2
printf '\\n' >&2
${answer}
while [ $# -gt 0 ]; do
  if [ "$1" = --metadata-file ]; then printf '{"containerimage.digest": "%s"}' "$digest" > "$2"; fi
  shift
done
`;
  await writeFile(join(bed.programs, "docker"), script, { mode: 0o755 });
}
