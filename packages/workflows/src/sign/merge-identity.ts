import { GITHUB_ISSUER } from "@fanfold/digest-tools/planning";
import type { Environment } from "@fanfold-internal/kit/process/host";
import { workflowName } from "../config/config.ts";
import type { Family } from "../config/family.ts";
import { builtGitTags } from "../published/git-tags.ts";
import { literal, refExpression } from "./ref-expression.ts";

/** Whose keyless signatures count. */
export interface MergeIdentity {
  /** A regular expression for the whole of a certificate's subject. */
  readonly identity: string;
  /** Who vouches for it. */
  readonly issuer: string;
}

interface SigningRun {
  /** Of the plan job; it says which repository it is of. */
  readonly env: Environment;
  readonly ref: string | null;
  readonly defaultBranch: string | null;
}

/**
 * The identity of the generated merge workflow on `workflow.branches` and on git tags that are built, and on the branch of
 * this run, whose own signatures it must find again; undefined: nobody knows which repository it is, or which branches.
 * https://github.com/sigstore/fulcio/blob/main/docs/oidc.md#github
 */
export function mergeIdentity(family: Family, { env, ref, defaultBranch }: SigningRun): MergeIdentity | undefined {
  const { config } = family.config;
  const { GITHUB_REPOSITORY: repository = config.workflow?.repository } = env;
  const server = env["GITHUB_SERVER_URL"] || "https://github.com";
  const [, own] = /^refs\/heads\/(.+)$/s.exec(ref ?? "") ?? [];
  const named =
    config.workflow?.branches?.map(refExpression) ?? (defaultBranch === null ? [] : [literal(defaultBranch)]);
  const branches = [...new Set([...named, ...(own === undefined ? [] : [literal(own)])])];
  const tags = builtGitTags(family).map(refExpression);
  if (!repository || branches.length === 0 || [...branches, ...tags].includes(undefined)) return undefined;
  const refs = [`heads/(?:${branches.join("|")})`, ...(tags.length === 0 ? [] : [`tags/(?:${tags.join("|")})`])];
  const file = `.github/workflows/${workflowName(config)}_merge.yml`;
  return {
    identity: `${literal(`${server}/${repository}/${file}@refs/`)}(?:${refs.join("|")})`,
    issuer: server === "https://github.com" ? GITHUB_ISSUER : `${server}/_services/token`,
  };
}
