import { parseBytes } from "@fanfold/disk-setup";
import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import { isFanfoldError } from "@fanfold-internal/kit/process/errors";
import type { GenerateCode } from "../../base/codes.ts";
import type { Family } from "../../config/family.ts";
import { repositoryFindings } from "../../config/images.ts";
import { writtenTexts } from "../../keys/key-table.ts";
import type { CalledList } from "../blueprint/blueprint.ts";
import { KEY_PASSWORD, OWN_ACTOR, OWN_TOKEN } from "../workflows/steps.ts";
import { holdsExpression } from "../yaml/expression.ts";
import { checkLists } from "./list-checks.ts";
import { checkTriggers } from "./triggers.ts";

type Config = Family["config"];

/** What a config says that no workflow can be made from. */
export function checkConfig(family: Family, called: readonly CalledList[]): readonly Diagnostic[] {
  const { config } = family;
  return [
    ...checkImages(family),
    ...checkName(config),
    ...checkTexts(config),
    ...checkTriggers(config),
    ...checkSize(config),
    ...checkRegistries(config),
    ...checkSecrets(config),
    ...checkSigningSecret(config),
    ...checkLists(family, called),
  ];
}

function checkImages({ config, matrix, identity, baked }: Family): readonly Diagnostic[] {
  if ((config.config.images ?? []).length > 0) return [];
  const entries = matrix.lists.flatMap((list) => list.entries);
  // Bake targets say themselves where they go, and what is wrong with that is said of them.
  const says = (entry: (typeof entries)[number]): boolean =>
    identity.repositoriesOf(entry).length > 0 || entry["tags"] !== undefined;
  if (baked && entries.every(says)) return [];
  const missing: Diagnostic = {
    code: "no-images",
    severity: "error",
    message: "images is missing: where to publish",
    at: config.place([]),
    fix: "add images: [quay.io/example/backends]",
  };
  return [missing];
}

/** The name stands in generated files and scripts, and another one would be found by no other command. */
function checkName({ file }: Config): readonly Diagnostic<GenerateCode>[] {
  if (file === null || /^\.github\/fanfold(?:\.[A-Za-z0-9_-][A-Za-z0-9._-]*)?\.yml$/.test(file)) return [];
  return [
    {
      code: "config-name",
      severity: "error",
      message: `${JSON.stringify(file)} cannot be the name of a config`,
      at: { file },
      fix: "call it .github/fanfold.yml or .github/fanfold.<name>.yml, with letters, digits and . _ - in its name",
    },
  ];
}

/** No value of a config is an expression: GitHub would evaluate some of them and refuse others. */
function checkTexts({ config, place }: Config): readonly Diagnostic<GenerateCode>[] {
  return writtenTexts(config)
    .filter(({ text }) => holdsExpression(text))
    .map(({ path, text }) => ({
      code: "expression-in-config",
      severity: "error",
      message: `${JSON.stringify(text)} holds an expression`,
      at: place(path),
      fix: "write out what it stands for",
    }));
}

function checkSize({ config, place }: Config): readonly Diagnostic<GenerateCode>[] {
  const need = config.workflow?.["need-disk"];
  if (need === undefined) return [];
  try {
    parseBytes(need);
    return [];
  } catch (error) {
    if (!isFanfoldError(error)) throw error;
    const at = place(["workflow", "need-disk"]);
    return error.diagnostics.map(({ message, fix }) => ({ code: "bad-size", severity: "error", message, at, fix }));
  }
}

function checkRegistries({ config, place }: Config): readonly Diagnostic[] {
  return (config.workflow?.registries ?? []).flatMap(({ host, username, password }, index) => {
    const at = (key: string) => place(["workflow", "registries", index, key]);
    return [
      ...repositoryFindings(`${host}/x`, at("host")),
      ...checkSecret(username, OWN_ACTOR, at("username")),
      ...checkSecret(password, OWN_TOKEN, at("password")),
    ];
  });
}

/** What builds get as environment variables must not change what the build itself is run by. */
function checkSecrets({ config, place }: Config): readonly Diagnostic<GenerateCode>[] {
  return (config.workflow?.secrets ?? []).flatMap((name, index): readonly Diagnostic<GenerateCode>[] => {
    const at = place(["workflow", "secrets", index]);
    if (!TAKEN_VARIABLES.test(name)) return checkSecret(name, "", at);
    const message = `${name} is a variable that the runner or the build step sets itself`;
    const fix = "give the secret another name";
    return [{ code: "secret-in-the-way", severity: "error", message, at, fix }];
  });
}

/** The private key is handed to cosign in a variable of its secret's name. */
function checkSigningSecret({ config: { sign }, place }: Config): readonly Diagnostic<GenerateCode>[] {
  if (sign === undefined || sign === "cosign") return [];
  const at = place(["sign", "cosign"]);
  const taken = TAKEN_VARIABLES.test(sign.cosign) || [KEY_PASSWORD, "IMAGES"].includes(sign.cosign);
  if (!taken) return checkSecret(sign.cosign, "", at);
  const message = `${sign.cosign} is a variable that the runner, the merge step or cosign uses itself`;
  return [{ code: "secret-in-the-way", severity: "error", message, at, fix: "give the secret another name" }];
}

const TAKEN_VARIABLES =
  /^(?:PATH|HOME|TMPDIR|CI|SHELL|BASH_ENV|ENV|NODE_OPTIONS|ARTIFACT_NAME|PUBLISH|PLATFORMS|(?:ACTIONS|INPUT|RUNNER|BUILDX|BUILDKIT)_.*|(?:DOCKER_(?:HOST|CONFIG|CONTEXT))|NPM_CONFIG_.*)$/i;

function checkSecret(name: string, allowed: string, at: Diagnostic["at"]): readonly Diagnostic<GenerateCode>[] {
  if (!name.toUpperCase().startsWith("GITHUB_") || name === allowed) return [];
  return [
    {
      code: "reserved-secret",
      severity: "error",
      message: `${name} is not a secret: GitHub keeps names that begin with GITHUB_`,
      at,
      fix:
        allowed === ""
          ? "name a secret of the repository"
          : `name a secret of the repository, or ${allowed} for what the job has itself`,
    },
  ];
}
