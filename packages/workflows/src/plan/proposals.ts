/**
 * Builds of pull requests and of a merge queue, which may be anybody's: they are given no secrets, and what they build is
 * published nowhere, so that no build can stand on what another one has left behind.
 */
export function isProposal({ name }: { readonly name: string }): boolean {
  return name.startsWith("pull_request") || name === "merge_group";
}
