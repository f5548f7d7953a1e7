/** What may change its place among its neighbours. */
interface Movable {
  /** Lines of different lanes may be in any order. */
  readonly lane: string;
  /** Whether it may be in any order with others of its lane that may. */
  readonly loose: boolean;
}

type Reading = (line: string) => Movable | undefined;

/** A request about a repository. Blobs are copied several at a time; manifests and tags have their order. */
export const readRequest: Reading = (line) => {
  const [, lane, kind] = /^[A-Z]+ \/v2\/(\S+?)\/(manifests|blobs)\//.exec(line) ?? [];
  return lane === undefined ? undefined : { lane, loose: kind === "blobs" };
};

/** What `digest-tools push` tells of each blob and manifest. */
export const readProgress: Reading = (line) => {
  const [, lane, kind] = /^\w+ +(\S+) {2}(blob|manifest) sha256:/.exec(line) ?? [];
  return lane === undefined ? undefined : { lane, loose: kind === "blob" };
};

/** Sorts what chance orders, and leaves the rest: lanes beside each other, and loose lines that stand together. */
export function settleLines(text: string, read: Reading): string {
  const settled: string[] = [];
  let lanes = new Map<string, { readonly line: string; readonly loose: boolean }[]>();
  const flush = (): void => {
    const names = [...lanes.keys()].toSorted();
    for (const name of names) settled.push(...sortLoose(lanes.get(name) ?? []));
    lanes = new Map();
  };
  for (const line of text.split("\n")) {
    const movable = read(line);
    if (movable === undefined) {
      flush();
      settled.push(line);
      continue;
    }
    const { lane, loose } = movable;
    const lines = lanes.get(lane) ?? [];
    lines.push({ line, loose });
    lanes.set(lane, lines);
  }
  flush();
  return settled.join("\n");
}

function sortLoose(lines: readonly { readonly line: string; readonly loose: boolean }[]): readonly string[] {
  const sorted: string[] = [];
  let together: string[] = [];
  for (const { line, loose } of lines) {
    if (loose) {
      together.push(line);
      continue;
    }
    sorted.push(...together.toSorted(), line);
    together = [];
  }
  return [...sorted, ...together.toSorted()];
}

/** All lines, sorted; a last line without an end stays last. */
export function sortLines(text: string): string {
  const lines = text.split("\n");
  const last = lines.pop() ?? "";
  return [...lines.toSorted(), last].join("\n");
}

/** Which lines there are, whatever their number. */
export function distinctLines(text: string): string {
  return sortLines(`${[...new Set(text.split("\n"))].filter((line) => line !== "").join("\n")}\n`);
}
