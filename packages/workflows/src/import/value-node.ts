import { isJsonObject, type Json, type JsonObject } from "@fanfold-internal/kit/read/json";
import { Scalar, type YAMLMap } from "yaml";
import { mapping, type Node, quoted, scalar, sequence } from "../generate/yaml/text.ts";

/** A value as YAML: texts plain where they mean themselves, else quoted, or as they are over several lines. */
export function valueNode(value: JsonObject): YAMLMap {
  return mapping(Object.entries(value).map(([key, item]) => ({ key, value: node(item) })));
}

function node(value: Json): Node {
  if (typeof value === "string") return textNode(value);
  if (isJsonObject(value)) return valueNode(value);
  return isList(value) ? sequence(value.map(node), value.every(isShort) ? "flow" : "lines") : scalar(value);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function textNode(value: string): Node {
  if (/^[^\n]+\n[\s\S]*$/.test(value) && !/[\r\t]| \n/.test(value)) {
    const block = new Scalar(value);
    block.type = Scalar.BLOCK_LITERAL;
    return block;
  }
  return isPlain(value) ? scalar(value) : quoted(value);
}

function isShort(value: Json): boolean {
  return typeof value === "string" && value.length <= 40;
}

function isPlain(text: string): boolean {
  return (
    /^[A-Za-z./][A-Za-z0-9._/-]*$/.test(text) && !/^(?:true|false|null|yes|no|on|off|y|n|\.inf|\.nan)$/i.test(text)
  );
}
