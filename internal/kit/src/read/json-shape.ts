import type { ErrorObject } from "ajv/dist/2020.js";
import type { Diagnostic } from "../process/diagnostic.ts";
import type { ShapeCode } from "./codes.ts";
import type { Validate } from "./compiled-schema.ts";
import type { Json } from "./json.ts";
import { didYouMean } from "./nearest.ts";
import type { Parsed, PathStep, YamlSource } from "./yaml-source.ts";

/** Checks a parsed file against a schema that describes `T`; every finding has its place and the text it is about. */
export function checkShape<T>(validate: Validate<T>, source: YamlSource): Parsed<T> {
  const value: unknown = source.value;
  if (validate(value)) return { kind: "ok", value };
  const errors = validate.errors ?? [];
  // `anyOf` reports each of its branches, and then itself.
  const branches = errors.filter(({ keyword }) => keyword === "anyOf").map(({ schemaPath }) => `${schemaPath}/`);
  const own = errors.filter(
    // A key that is refused is reported by what refuses it, and then by the map that it stands in.
    ({ schemaPath, keyword }) =>
      !branches.some((branch) => schemaPath.startsWith(branch)) && keyword !== "propertyNames",
  );
  return { kind: "invalid", problems: own.map((error) => ({ severity: "error", ...problemOf(error, source) })) };
}

function problemOf(error: ErrorObject, source: YamlSource): Omit<Diagnostic<ShapeCode>, "severity"> {
  const path = steps(error.instancePath, source.value);
  const name = path.length === 0 ? "the file" : describe(path);
  const at = source.place(path);
  const found = shown(error.data);
  switch (error.keyword) {
    case "additionalProperties":
    case "unevaluatedProperties": {
      const key = String(error.params["additionalProperty"] ?? error.params["unevaluatedProperty"]);
      const known = Object.keys(error.parentSchema?.["properties"] ?? {});
      return {
        code: "unknown-key",
        message: `${path.length === 0 ? "" : `${name}: `}unknown key "${key}"${didYouMean(key, known)}`,
        at: source.placeOfKey([...path, key]),
        fix: `known here: ${known.join(", ")}`,
      };
    }
    case "required":
      return { code: "missing-key", message: `${name}: "${error.params["missingProperty"]}" is missing`, at };
    case "enum":
      return {
        code: "unknown-value",
        message: `${name}: expected ${list(error.schema)}, found ${found}${typeof error.data === "string" ? didYouMean(error.data, strings(error.schema)) : ""}`,
        at,
      };
    case "type":
      return { code: "wrong-type", message: `${name}: expected ${typeNames(error.schema)}, found ${found}`, at };
    case "pattern": {
      const key = error.propertyName;
      const { examples } = error.parentSchema ?? {};
      // A regular expression tells people little.
      const form = Array.isArray(examples) ? list(examples) : error.params["pattern"];
      const message = `${name}: ${found} is not of the form ${form}`;
      return { code: "wrong-form", message, at: key === undefined ? at : source.placeOfKey([...path, key]) };
    }
    case "minItems":
      return {
        code: "too-few-values",
        message: `${name}: expected at least ${error.params["limit"]} of them, found ${found}`,
        at,
      };
    case "uniqueItems": {
      const [first, again] = [Number(error.params["j"]), Number(error.params["i"])].toSorted((a, b) => a - b);
      const twice = Array.isArray(error.data) && again !== undefined ? shown(error.data[again]) : found;
      return {
        code: "value-twice",
        message: `${name}: ${twice} stands there twice`,
        at: source.place([...path, again ?? first ?? 0]),
      };
    }
    case "anyOf":
      return {
        code: "wrong-form",
        message: `${name}: ${found} is none of the forms that are allowed here`,
        at,
        // What editors show has links.
        fix: String(error.parentSchema?.["description"] ?? "see the JSON Schema").replace(
          /\[([^\]]*)\]\([^)]*\)/g,
          "$1",
        ),
      };
    default:
      return { code: "wrong-value", message: `${name}: ${error.message ?? error.keyword}, found ${found}`, at };
  }
}

/** Values may be as large as their file. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
}

/** `/inputs/1/paths` as steps; an index only where there is a list. */
function steps(pointer: string, root: Json): readonly PathStep[] {
  let here: Json | undefined = root;
  return pointer
    .split("/")
    .slice(1)
    .map((part) => {
      const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
      if (Array.isArray(here)) {
        here = here[Number(key)];
        return Number(key);
      }
      here =
        typeof here === "object" && here !== null && !Array.isArray(here) && key in here
          ? Object.entries(here).find(([name]) => name === key)?.[1]
          : undefined;
      return key;
    });
}

function describe(path: readonly PathStep[]): string {
  return path.map((step, index) => (typeof step === "number" ? `[${step}]` : index === 0 ? step : `.${step}`)).join("");
}

const strings = (values: unknown): readonly string[] =>
  Array.isArray(values) ? values.filter((value) => typeof value === "string") : [];

/** JSON's types, as people call what stands in a YAML file. */
const TYPES: Readonly<Record<string, string>> = {
  array: "a list",
  object: "a mapping",
  string: "a text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  null: "nothing",
};

const typeNames = (values: unknown): string =>
  [values]
    .flat()
    .map((type) => TYPES[String(type)] ?? String(type))
    .join(" or ");

const list = (values: unknown): string => (Array.isArray(values) ? values.map(String).join(" or ") : String(values));
