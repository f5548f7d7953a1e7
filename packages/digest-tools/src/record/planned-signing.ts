import type { JsonReader } from "@fanfold-internal/kit/read/json-reader";
import type { SigningPolicy } from "../sign/policy.ts";

const MAX_TEXT = 65_536;

/** How the images of a plan are signed; undefined: they are not. @throws the reader's error where the plan says it wrongly */
export function plannedSigning(sign: JsonReader): SigningPolicy | undefined {
  if (!sign.present || sign.value === null) return undefined;
  sign.at("by").literal("cosign");
  const key = sign.at("key");
  if (key.value === null) {
    return { kind: "keyless", identity: filled(sign.at("identity")), issuer: filled(sign.at("issuer")) };
  }
  const variable = filled(key);
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable)) throw key.expected("the name of a variable");
  return { kind: "key", variable, public: { file: filled(sign.at("public")), text: filled(sign.at("public-key")) } };
}

/** An empty identity would be anybody's. */
function filled(json: JsonReader): string {
  const text = json.text(MAX_TEXT);
  if (text === "") throw json.expected("a text that is not empty");
  return text;
}
