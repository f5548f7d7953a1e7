import type { RegistryLogin } from "../../config/config.ts";
import { evaluated } from "../yaml/expression.ts";
import type { Grant, Step } from "../yaml/model.ts";
import type { Blueprint } from "./blueprint.ts";

/** The sources, without leaving the token behind in the clone. `folders`: only these, where nothing else is read. */
export function checkout(folders: readonly string[] = []): Step {
  return {
    kind: "action",
    name: "Check out",
    action: "actions/checkout",
    with: {
      "persist-credentials": false,
      ...(folders.length === 0 ? {} : { "sparse-checkout": `${folders.join("\n")}\n` }),
    },
  };
}

/** The Node that Fanfold runs on, whatever the runner has. */
export const SETUP_NODE: Step = {
  kind: "action",
  name: "Set up Node",
  why: "Runs Fanfold. Its packages are small: a cache, which other jobs could write to, would gain nothing.",
  action: "actions/setup-node",
  with: { "node-version": "24", "package-manager-cache": false },
};

/** Logins to all registries of a config. `secretsWhen`: where secrets are handed on; a login that needs none is always made. */
export function logins({ workflow }: Blueprint, secretsWhen?: string): readonly Step[] {
  return (workflow.registries ?? []).map((login) => ({
    kind: "action",
    name: `Log in to ${login.host}`,
    ...(secretsWhen === undefined || isOwnLogin(login) ? {} : { if: secretsWhen }),
    action: "docker/login-action",
    with: { registry: login.host, username: credential(login.username), password: credential(login.password) },
  }));
}

/** The names of the secrets of all logins. The job's own token and actor are no secrets that a caller hands on. */
export function secretNames({
  registries = [],
}: {
  readonly registries?: readonly RegistryLogin[];
}): readonly string[] {
  const names = registries.flatMap(({ username, password }) => [username, password]);
  return [...new Set(names.filter((name) => name !== OWN_TOKEN && name !== OWN_ACTOR))].sort();
}

/** What pushing with the job's own token takes. */
export function pushGrants({ workflow }: Blueprint): readonly Grant[] {
  const own = (workflow.registries ?? []).find(({ password }) => password === OWN_TOKEN);
  return own === undefined
    ? []
    : [{ scope: "packages", access: "write", reason: `pushes to ${own.host} with the job's own token` }];
}

/** What pulling private bases with the job's own token takes, where no secret is handed on. */
export function pullGrants({ workflow }: Blueprint): readonly Grant[] {
  const own = (workflow.registries ?? []).find(isOwnLogin);
  return own === undefined
    ? []
    : [{ scope: "packages", access: "read", reason: `pulls private bases from ${own.host} with the job's own token` }];
}

function isOwnLogin({ username, password }: RegistryLogin): boolean {
  return username === OWN_ACTOR && password === OWN_TOKEN;
}

/** In place of secrets' names: GitHub lets no secret begin with GITHUB_. */
export const OWN_TOKEN = "GITHUB_TOKEN";
export const OWN_ACTOR = "GITHUB_ACTOR";

function credential(name: string): string {
  if (name === OWN_TOKEN) return evaluated("github.token");
  return evaluated(name === OWN_ACTOR ? "github.actor" : `secrets.${name}`);
}
