import { canonicalJson, isJsonObject, type Json } from "@fanfold-internal/kit/read/json";
import { parseYaml } from "@fanfold-internal/kit/read/yaml-source";

/** Whether two texts of a workflow do the same, whatever versions of actions they pin and whatever their comments say. */
export function sameWorkflow(left: string, right: string): boolean {
  const [one, other] = [workflowMeaning(left), workflowMeaning(right)];
  return one !== undefined && one === other;
}

/** The same text for workflows that do the same; undefined: it is no YAML. */
export function workflowMeaning(text: string): string | undefined {
  const parsed = parseYaml(text, "workflow");
  return parsed.kind === "ok" ? canonicalJson(withoutPins(parsed.value.value)) : undefined;
}

function withoutPins(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutPins);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      typeof inner === "string" ? withoutPin(key, inner) : withoutPins(inner),
    ]),
  );
}

/** Actions are pinned behind an @, and the images that they pull (inputs of two of them) by tag and digest. */
function withoutPin(key: string, text: string): string {
  if (key === "uses") return text.replace(/@.*$/s, "");
  return key === "image" || key === "driver-opts" ? text.replace(/(?::[\w.-]+)?@sha256:[0-9a-f]{64}$/, "") : text;
}
