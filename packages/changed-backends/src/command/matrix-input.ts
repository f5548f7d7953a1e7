import { reasonOf } from "@fanfold-internal/kit/process/errors";
import { type MatrixFile, parseMatrixFile } from "@fanfold-internal/matrix/matrix-file";
import { ChangedBackendsError } from "../base/error.ts";
import type { ComparisonRequest } from "./comparison-request.ts";
import { InputFileError } from "./input-files.ts";

/** Reads the matrix file of a request. @throws ChangedBackendsError `unreadable-input`, with all its faults */
export async function readMatrix(request: ComparisonRequest, path: string): Promise<MatrixFile> {
  const parsed = parseMatrixFile(await readInput(request, path, "the matrix file"), path);
  if (parsed.kind === "ok") return parsed.value;
  throw new ChangedBackendsError({
    code: "unreadable-input",
    message: "the matrix file is not usable",
    problems: parsed.problems,
  });
}

/** Reads a file of the repository, from the work tree or the commit that is planned. @throws ChangedBackendsError */
export async function readInput(request: ComparisonRequest, path: string, what: string): Promise<string> {
  try {
    return await request.readInput(path);
  } catch (cause) {
    const advised = cause instanceof InputFileError ? cause.fix : undefined;
    throw new ChangedBackendsError({
      code: "unreadable-input",
      message: `${what} cannot be read: ${reasonOf(cause)}`,
      at: { file: path },
      fix: advised ?? "name it by its flag, or check it out",
      cause,
    });
  }
}
