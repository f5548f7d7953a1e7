import { isSlipOf, nearest } from "@fanfold-internal/kit/read/nearest";
import { formatPlatformName, parsePlatformName } from "@fanfold-internal/matrix/platform";

// https://github.com/containerd/platforms/blob/main/database.go
const SYSTEMS =
  "aix android darwin dragonfly freebsd hurd illumos ios js linux macos netbsd openbsd plan9 solaris wasi wasip1 windows zos";
const ARCHITECTURES =
  "386 amd64 arm arm64 arm64be armbe loong64 mips mips64 mips64le mipsle ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm";

/** A platform of the right form, with a system or an architecture that nobody knows. */
export interface StrangePlatform {
  /** The known platforms that may have been meant, the likeliest first. */
  readonly near: readonly string[];
  /** Whether they differ in one letter, or in two that are swapped: nobody would call a new one so. */
  readonly slip: boolean;
}

/** Undefined: a known platform, or a text that has not the form of one. */
export function strangePlatform(text: string): StrangePlatform | undefined {
  const name = parsePlatformName(text);
  if (name === undefined) return undefined;
  const system = meant(name.os, SYSTEMS.split(" "));
  const architecture = meant(name.architecture, ARCHITECTURES.split(" "));
  if (system.known && architecture.known) return undefined;
  const near = system.words.flatMap((os) =>
    architecture.words.map((word) => formatPlatformName({ ...name, os, architecture: word })),
  );
  return { near, slip: near.length > 0 && system.slip && architecture.slip };
}

function meant(word: string, all: readonly string[]): StrangeWord {
  if (all.includes(word)) return { words: [word], known: true, slip: true };
  const slips = all.filter((known) => isSlipOf(word, known));
  if (slips.length > 0) return { words: slips, known: false, slip: true };
  const guess = nearest(word, all);
  return { words: guess === undefined ? [] : [guess], known: false, slip: false };
}

interface StrangeWord {
  readonly words: readonly string[];
  readonly known: boolean;
  readonly slip: boolean;
}
