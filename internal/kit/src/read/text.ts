import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { InputError, reasonOf } from "../process/errors.ts";
import type { Host } from "../process/host.ts";

/** A text file's size that nobody needs: descriptions of builds have kilobytes. */
const MAX_TEXT_BYTES = 256 * 1024 * 1024;

export interface TextSource {
  /** What the file is, for the message: `the event file`. */
  readonly what: string;
  readonly fix: string;
}

/**
 * The text of a file that somebody named (`-`: standard input), without a byte order mark. Only regular files are read:
 * a pipe without a writer or a device has no end.
 *
 * @throws InputError `unreadable-file`
 */
export function readText(host: Pick<Host, "cwd" | "stdin">, file: string, { what, fix }: TextSource): string {
  try {
    return decode(file === "-" ? host.stdin() : readRegularFile(pathFrom(host, file)));
  } catch (cause) {
    // It says itself what it met: standard input, or the working directory.
    if (cause instanceof InputError) throw cause;
    throw new InputError({
      code: "unreadable-file",
      message: `${what} cannot be read: ${reasonOf(cause)}`,
      at: { file: nameOf(file) },
      fix,
      cause,
    });
  }
}

/** A path that somebody named. @throws InputError `no-directory` where it is relative to nothing */
export function pathFrom(host: Pick<Host, "cwd">, path: string): string {
  return isAbsolute(path) ? path : resolve(host.cwd, path);
}

/** The name of an input in messages. */
export function nameOf(file: string): string {
  return file === "-" ? "<stdin>" : file;
}

/** The bytes of a regular file as UTF-8. @throws Error of the system, or one that says what else it is */
export function readRegularFile(path: string, maxBytes: number = MAX_TEXT_BYTES): string {
  // Non-blocking: to open a pipe that nobody writes to would never return.
  const descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = fstatSync(descriptor);
    if (stats.isDirectory()) throw new Error("it is a directory");
    if (!stats.isFile()) throw new Error("it is not a regular file");
    if (stats.size > maxBytes) throw new Error(`it has ${stats.size} bytes, and at most ${maxBytes} are read`);
    const bytes = Buffer.allocUnsafe(stats.size);
    let length = 0;
    while (length < bytes.length) {
      const read = readSync(descriptor, bytes, length, bytes.length - length, length);
      if (read === 0) break;
      length += read;
    }
    return bytes.toString("utf8", 0, length);
  } finally {
    closeSync(descriptor);
  }
}

function decode(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}
