import type { RegistryLogin, WorkflowConfig } from "../../config/config.ts";
import type { Blueprint } from "../blueprint/blueprint.ts";
import { evaluated } from "../yaml/expression.ts";
import type { Grant, Step, Values } from "../yaml/model.ts";

/** The sources, without leaving the token behind in the clone. `more`: other inputs of actions/checkout. */
export function checkout(more: Values = {}): Step {
  return {
    kind: "action",
    name: "Check out",
    action: "actions/checkout",
    with: { "persist-credentials": false, ...more },
  };
}

/** Only files that match one of the patterns, which are those of a .gitignore; no other content is fetched. */
export function checkoutOnly(patterns: readonly string[], why: string): Step {
  return {
    ...checkout({
      filter: "blob:none",
      "sparse-checkout": `${patterns.join("\n")}\n`,
      "sparse-checkout-cone-mode": false,
    }),
    why,
  };
}

/** A composite action of the repository, which must have been checked out. */
export function localAction(uses: string, step: Pick<Step, "name" | "why" | "if">): Step {
  return { kind: "local", ...step, uses };
}

/** The login of the repository's own action, where there is one. */
export function cloudLogin({ workflow }: Blueprint, condition?: string): readonly Step[] {
  if (workflow.login === undefined) return [];
  const when = condition === undefined ? {} : { if: condition };
  return [localAction(workflow.login, { name: "Log in to the cloud", ...when })];
}

/** The Node that Fanfold runs on, whatever the runner has; actions run on the runner's. */
export function setupNode({ ownActions }: Blueprint): readonly Step[] {
  if (ownActions !== undefined) return [];
  return [
    {
      kind: "action",
      name: "Set up Node",
      why: "Runs Fanfold. Its packages are small: a cache, which other jobs could write to, would gain nothing.",
      action: "actions/setup-node",
      with: { "node-version": "24", "package-manager-cache": false },
    },
  ];
}

/** Logins to all registries of a config. `secretsWhen`: where secrets are handed on; a login that needs none is always made. */
export function logins({ workflow }: Blueprint, secretsWhen?: string): readonly Step[] {
  return (workflow.registries ?? []).map((login) => loginStep(login, isOwnLogin(login) ? undefined : secretsWhen));
}

/** Those that need no secret. */
export function ownLogins({ workflow }: Blueprint): readonly Step[] {
  return (workflow.registries ?? []).filter(isOwnLogin).map((login) => loginStep(login, undefined));
}

function loginStep({ host, username, password }: RegistryLogin, condition: string | undefined): Step {
  return {
    kind: "action",
    name: `Log in to ${host}`,
    ...(condition === undefined ? {} : { if: condition }),
    action: "docker/login-action",
    with: { registry: host, username: credential(username), password: credential(password) },
  };
}

/** The names of the secrets that a build needs: those of all logins, and its own. */
export function buildSecretNames(workflow: WorkflowConfig): readonly string[] {
  return [...new Set([...loginSecretNames(workflow), ...(workflow.secrets ?? [])])].sort();
}

/** The names of the secrets of all logins. The job's own token and actor are no secrets that a caller hands on. */
function loginSecretNames({ registries = [] }: WorkflowConfig): readonly string[] {
  const names = registries.flatMap(({ username, password }) => [username, password]);
  return [...new Set(names.filter((name) => name !== OWN_TOKEN && name !== OWN_ACTOR))].sort();
}

/** What pushing with the job's own token takes, and with an identity of the job. */
export function pushGrants(blueprint: Blueprint): readonly Grant[] {
  const own = (blueprint.workflow.registries ?? []).find(({ password }) => password === OWN_TOKEN);
  return [
    ...(own === undefined
      ? []
      : [{ scope: "packages", access: "write", reason: `pushes to ${own.host} with the job's own token` } as const]),
    ...identityGrants(blueprint),
  ];
}

/** What a login to a cloud takes. */
export function identityGrants({ workflow: { login } }: Blueprint): readonly Grant[] {
  if (login === undefined) return [];
  return [{ scope: "id-token", access: "write", reason: `${login} logs in with the job's identity` }];
}

/** What merging takes: the repository is checked out only for an action in it. */
export function mergeGrants(blueprint: Blueprint): readonly Grant[] {
  const { login } = blueprint.workflow;
  const sources: readonly Grant[] =
    login === undefined ? [] : [{ scope: "contents", access: "read", reason: `checks out ${login}` }];
  const grants = [...sources, ...pushGrants(blueprint)];
  if (blueprint.sign !== "cosign") return grants;
  const isIdentity = ({ scope }: Grant): boolean => scope === "id-token";
  if (grants.some(isIdentity)) {
    return grants.map((grant) =>
      isIdentity(grant) ? { ...grant, reason: `${grant.reason}, and images are signed with it` } : grant,
    );
  }
  return [...grants, { scope: "id-token", access: "write", reason: "images are signed with the job's identity" }];
}

/** The names of the secrets that a merge needs: those of all logins, and what it signs with. */
export function mergeSecretNames({ workflow, sign }: Blueprint): readonly string[] {
  return [...new Set([...loginSecretNames(workflow), ...signingSecretNames(sign)])].sort();
}

/** What the step that signs gets in its environment. */
export function signingEnv(sign: Blueprint["sign"]): Values {
  return Object.fromEntries(signingSecretNames(sign).map((name) => [name, evaluated(`secrets.${name}`)]));
}

function signingSecretNames(sign: Blueprint["sign"]): readonly string[] {
  return sign === undefined || sign === "cosign" ? [] : [sign.cosign, KEY_PASSWORD];
}

/** As cosign itself calls it, also where it puts keys into the secrets of a repository. */
export const KEY_PASSWORD = "COSIGN_PASSWORD";

/** The program that signs and verifies, where images are signed. */
export function setupCosign({ sign }: Blueprint): readonly Step[] {
  if (sign === undefined) return [];
  return [
    {
      kind: "action",
      name: "Set up cosign",
      why: "Signs images, and verifies signatures. The commit of the action says which release of cosign, and the digest of its file.",
      action: "sigstore/cosign-installer",
    },
  ];
}

/** What pulling private bases with the job's own token takes, where no secret is handed on. */
export function pullGrants(blueprint: Blueprint): readonly Grant[] {
  return packageGrants(blueprint, "pulls private bases from");
}

/** What seeing what is published with the job's own token takes. */
export function readGrants(blueprint: Blueprint): readonly Grant[] {
  return packageGrants(blueprint, "reads what is published on");
}

function packageGrants({ workflow }: Blueprint, what: string): readonly Grant[] {
  const own = (workflow.registries ?? []).find(isOwnLogin);
  return own === undefined
    ? []
    : [{ scope: "packages", access: "read", reason: `${what} ${own.host} with the job's own token` }];
}

function isOwnLogin({ username, password }: RegistryLogin): boolean {
  return username === OWN_ACTOR && password === OWN_TOKEN;
}

/** In place of secrets' names: GitHub lets no secret begin with GITHUB_. */
export const OWN_TOKEN = "GITHUB_TOKEN";
export const OWN_ACTOR = "GITHUB_ACTOR";

/** The runner of jobs that build nothing. */
export function ownRunner({ workflow }: Blueprint): string {
  return workflow.runner ?? "ubuntu-latest";
}

function credential(name: string): string {
  if (name === OWN_TOKEN) return evaluated("github.token");
  return evaluated(name === OWN_ACTOR ? "github.actor" : `secrets.${name}`);
}
