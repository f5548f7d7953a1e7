import { open } from "node:fs/promises";
import { join } from "node:path";
import type { Checkout } from "@fanfold/changed-backends/internal";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { fewNames } from "@fanfold-internal/kit/text/words";

type Tracked = Pick<Checkout, "root" | "submodules" | "lfsFiles">;

// https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md#the-pointer
const POINTER = "version https://git-lfs.github.com/spec/";

/** What the images of packed contexts lack, which a build on a runner may have. `contexts`: from the repository's root. */
export async function layoutGaps(checkout: Tracked, contexts: readonly string[]): Promise<readonly Diagnostic[]> {
  const isPacked = (path: string): boolean =>
    contexts.some((context) => context === "." || path === context || path.startsWith(`${context}/`));
  const submodules = (await checkout.submodules()).filter(isPacked);
  const pointers: string[] = [];
  for (const path of (await checkout.lfsFiles()).filter(isPacked)) {
    if (await isPointer(join(checkout.root, path))) pointers.push(path);
  }
  return [
    ...gap("submodule-in-context", submodules, "is a submodule, whose files are left out", "docker builds with them"),
    ...gap("lfs-in-context", pointers, "is packed as a pointer of Git LFS", "git lfs pull brings the content"),
  ];
}

function gap(code: string, paths: readonly string[], is: string, fix: string): readonly Diagnostic[] {
  if (paths.length === 0) return [];
  return [{ code, severity: "warning", message: `--engine layout: ${fewNames(paths)} ${is}`, fix }];
}

async function isPointer(file: string): Promise<boolean> {
  const opened = await open(file).catch(() => undefined);
  if (opened === undefined) return false;
  try {
    const { buffer, bytesRead } = await opened.read(Buffer.alloc(POINTER.length), 0, POINTER.length, 0);
    return buffer.toString("latin1", 0, bytesRead) === POINTER;
  } finally {
    await opened.close();
  }
}
