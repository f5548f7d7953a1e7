import { DiskSetupError } from "./error.ts";

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/**
 * Parses `60GB` (powers of 1000), `60GiB` (powers of 1024) or a bare number of bytes; fractions such as `1.5GB` are fine.
 * `60G` is an error: df, du and docker read it in two ways.
 *
 * @returns whole bytes, more than zero
 * @throws DiskSetupError `size-invalid`
 */
export function parseBytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i.exec(text.trim());
  const unit = match === null ? undefined : UNITS[(match[2] ?? "").toLowerCase()];
  const bytes = match === null || unit === undefined ? Number.NaN : Math.round(Number(match[1]) * unit);
  if (!Number.isSafeInteger(bytes) || bytes <= 0) {
    throw new DiskSetupError({
      code: "size-invalid",
      message: `expected an amount of bytes such as 60GB or 60GiB, found "${text}"`,
      fix: "write GB (1000³ bytes) or GiB (1024³ bytes), or plain bytes",
    });
  }
  return bytes;
}

/**
 * Parses the sizes that Docker's own tables print (`1.23GB`, `512kB`, `0B`): decimal units
 * (https://github.com/docker/go-units/blob/master/size.go).
 *
 * @returns bytes, or undefined for anything else
 */
export function parseDockerSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?(?:e\+\d+)?)([kMGTP]?B)/.exec(text);
  const unit = match === null ? undefined : { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12, PB: 1e15 }[match[2] ?? ""];
  return match === null || unit === undefined ? undefined : Math.round(Number(match[1]) * unit);
}
