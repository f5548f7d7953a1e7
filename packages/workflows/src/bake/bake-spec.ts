import { posix } from "node:path";

/** Bake files that a matrix is made of. Paths start at the repository's root. */
export interface BakeSpec {
  /** In the order in which bake reads them: later ones override. */
  readonly files: readonly [string, ...string[]];
  /** Names of targets and groups; none: the group `default`. */
  readonly targets: readonly string[];
  /** Variables of the environment that they see. */
  readonly variables: readonly string[];
}

/** Whether a path names a bake file: any other is a matrix file, which may be JSON, too. */
export function isBakePath(path: string): boolean {
  return /\.hcl$/i.test(path) || /^docker-bake(?:\..+)?\.json$/i.test(posix.basename(path));
}

/** Why bake files must not see a variable; undefined: they may. */
export function variableFault(name: string): string | undefined {
  if (/TOKEN/i.test(name) || /^ACTIONS_/i.test(name) || /^DOCKER_AUTH_CONFIG$/i.test(name)) {
    return "is withheld: what speaks for a job is no value of a build";
  }
  return /^(?:PATH|HOME|BUILDX_.*|DOCKER_(?:HOST|CONFIG|CONTEXT)|SSH_AUTH_SOCK)$/i.test(name)
    ? "is one of buildx itself"
    : undefined;
}
