/** Bytes in decimal units with one digit, rounded down: `59.9 GB`. */
export function formatBytes(bytes: number): string {
  for (const [unit, size] of [
    ["GB", 1e9],
    ["MB", 1e6],
    ["kB", 1e3],
  ] as const) {
    if (bytes >= size) return `${(Math.floor((bytes / size) * 10) / 10).toFixed(1)} ${unit}`;
  }
  return `${bytes} B`;
}
