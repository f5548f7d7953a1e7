/**
 * The part that a list's name has in the names of outputs: none for `include`, `darwin` for `includeDarwin`, `foo-bar` for
 * `includeFooBar`.
 */
export function listOutputPart(list: string): string {
  return list
    .replace(/^include/, "")
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1-$2")
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .toLowerCase();
}

/** `matrix` and `darwin` make `matrix-darwin`; a list without a part leaves the name as it is. */
export function withPart(name: string, part: string): string {
  return part === "" ? name : `${name}-${part}`;
}
