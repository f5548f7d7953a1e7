import { type MatrixFile, parseMatrixFile } from "@fanfold-internal/matrix/matrix-file";
import { ChangedBackendsError } from "../base/error.ts";
import type { ChangeRequest } from "./change-request.ts";

/** Reads the matrix file of a request. @throws ChangedBackendsError `unreadable-input`, with all its faults */
export async function loadMatrix(request: ChangeRequest, path: string): Promise<MatrixFile> {
  const text = await readInput(request, path, "the matrix file");
  const parsed = parseMatrixFile(text, path);
  if (parsed.kind === "ok") return parsed.value;
  throw new ChangedBackendsError({
    code: "unreadable-input",
    message: "the matrix file is not usable",
    problems: parsed.problems,
  });
}

/** Reads a file of the repository, from the work tree or the commit that is planned. */
export async function readInput(request: ChangeRequest, path: string, what: string): Promise<string> {
  try {
    return await request.readInput(path);
  } catch (cause) {
    throw new ChangedBackendsError({
      code: "unreadable-input",
      message: `${what} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      at: { file: path },
      fix: "name it by its flag, or check it out",
      cause,
    });
  }
}
