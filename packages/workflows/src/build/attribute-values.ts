import { isIP } from "node:net";
import { isJsonObject, type Json } from "@fanfold-internal/kit/read/json";
import { isSlipOf } from "@fanfold-internal/kit/read/nearest";
import type { AttributeName } from "../keys/build-keys.ts";
import { scalarText } from "./fill.ts";
import { fieldsIn } from "./forms.ts";

type ValueCheck = (value: Json) => readonly string[];

/**
 * What values of a bake target must look like, beyond their form. Bake says of some that they are wrong, in a job for each leg;
 * of others it says nothing, and builds without them: a secret whose `env` is misspelt, an attestation that is not turned off.
 */
const CHECKS: Readonly<Partial<Record<AttributeName, ValueCheck>>> = {
  secret: eachFields({ keys: ["id", "src", "source", "env", "type"], needs: "id", values: { type: ["file", "env"] } }),
  ssh: eachFields({ keys: ["id", "paths"], only: "mappings" }),
  attest: eachFields({
    keys: ["type", "disabled", "mode", "generator", "version", "builder-id", "filename", "inline-only", "reproducible"],
    needs: "type",
    // An SBOM's scanner takes parameters of its own.
    open: true,
    values: { type: ["provenance", "sbom"], mode: ["min", "max"], disabled: ["true", "false"] },
  }),
  "cache-from": eachFields({ keys: [], needs: "type", open: true, only: "mappings" }),
  "cache-to": eachFields({ keys: [], needs: "type", open: true, only: "mappings" }),
  annotations: eachText(annotationFault),
  ulimits: eachText(ulimitFault),
  entitlements: eachText((text) =>
    /^(?:network\.host|security\.insecure|ssh|device(?:=.+)?)$/.test(text)
      ? undefined
      : "is not network.host, security.insecure or device",
  ),
  network: eachText((text) =>
    ["default", "none", "host"].includes(text) ? undefined : "is not default, none or host",
  ),
  "shm-size": eachText((text) =>
    /^\d+(?:\.\d+)? ?(?:[kmgt]i?b?|b)?$/i.test(text) ? undefined : "is not a size such as 128m",
  ),
  "extra-hosts": (value) =>
    Object.entries(isJsonObject(value) ? value : {}).flatMap(([name, address]) => {
      const text = scalarText(address) ?? "";
      const known = text === "" || text === "host-gateway" || isIP(text.replace(/^\[(.*)\]$/, "$1")) !== 0;
      return known ? [] : [`${name}: ${JSON.stringify(text)} is not an address (or host-gateway)`];
    }),
};

/** What is wrong with an attribute's value, which has its form and holds what it is filled in with. */
export function valueFaults(name: AttributeName, value: Json): readonly string[] {
  return [...(CHECKS[name]?.(value) ?? []), ...namelessFaults(value)];
}

function namelessFaults(value: Json): readonly string[] {
  return isJsonObject(value) && Object.hasOwn(value, "") ? ["a name is empty"] : [];
}

function eachText(fault: (text: string) => string | undefined): ValueCheck {
  return (value) =>
    (Array.isArray(value) ? value : [value]).flatMap((item: Json) => {
      const text = scalarText(item);
      const found = text === undefined || text === "" ? undefined : fault(text);
      return found === undefined ? [] : [`${JSON.stringify(text)} ${found}`];
    });
}

interface FieldsLaw {
  readonly keys: readonly string[];
  /** The field without which the others mean nothing. */
  readonly needs?: string;
  /** Other fields than `keys` may stand there, unless they are nearly one of those. */
  readonly open?: boolean;
  /** Texts have a grammar of their own. */
  readonly only?: "mappings";
  readonly values?: Readonly<Record<string, readonly string[]>>;
}

function eachFields({ keys, needs, open = false, only, values = {} }: FieldsLaw): ValueCheck {
  return (value) =>
    (Array.isArray(value) ? value : []).flatMap((item: Json): readonly string[] => {
      if ((only === "mappings" && !isJsonObject(item)) || item === "") return [];
      const fields = fieldsIn(item);
      const shown = scalarText(item) ?? JSON.stringify(item);
      const unknown = Object.keys(fields).filter(
        (key) => !keys.includes(key) && (!open || keys.some((known) => isSlipOf(key, known))),
      );
      if (unknown.length > 0) {
        return unknown.map((key) => `${shown}: there is no ${JSON.stringify(key)}; known are ${keys.join(", ")}`);
      }
      if (needs !== undefined && (scalarText(fields[needs]) ?? "") === "") return [`${shown}: expected ${needs}=…`];
      return Object.entries(values).flatMap(([key, allowed]) => {
        const found = scalarText(fields[key]);
        return found === undefined || allowed.includes(found)
          ? []
          : [`${shown}: ${key} must be ${allowed.join(" or ")}, found ${JSON.stringify(found)}`];
      });
    });
}

const ANNOTATED = ["index", "manifest", "index-descriptor", "manifest-descriptor"];

/** https://docs.docker.com/reference/cli/docker/buildx/build/#annotation */
function annotationFault(text: string): string | undefined {
  const [name, ...value] = text.split("=");
  if (name === undefined || value.length === 0) return "is not key=value";
  const [types, key] = name.includes(":")
    ? [name.slice(0, name.indexOf(":")), name.slice(name.indexOf(":") + 1)]
    : ["", name];
  if (key === "" || /\s/.test(key)) return "is not key=value";
  const unknown =
    types === "" ? undefined : types.split(",").find((type) => !ANNOTATED.includes(type.replace(/\[[^\]]*\]$/, "")));
  return unknown === undefined
    ? undefined
    : `begins with ${JSON.stringify(unknown)}, which is not ${ANNOTATED.join(", ")}`;
}

/** https://docs.docker.com/reference/cli/docker/container/run/#ulimit */
const ULIMITS =
  /^(?:core|cpu|data|fsize|locks|memlock|msgqueue|nice|nofile|nproc|rss|rtprio|rttime|sigpending|stack)=-?\d+(?::-?\d+)?$/;

function ulimitFault(text: string): string | undefined {
  return ULIMITS.test(text) ? undefined : "is not a limit such as nofile=1024:2048";
}
