import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import type { GenerateCode } from "../base/codes.ts";
import type { Family } from "../config/family.ts";
import { publicKeyFault } from "./public-key.ts";

/** Whether signatures can be made as the config says, and told from those of others. `files`: the repository's, by path. */
export function checkSigning(
  { config: { config, place } }: Family,
  files: ReadonlyMap<string, string>,
): readonly Diagnostic<GenerateCode>[] {
  const { sign, workflow = {} } = config;
  if (sign === undefined) return [];
  if (sign === "cosign") return checkKeyless(workflow, place);
  const findings: Diagnostic<GenerateCode>[] = [];
  const text = files.get(sign.public);
  const fault = text === undefined ? "is not there" : publicKeyFault(text);
  if (fault !== undefined) {
    findings.push({
      code: "public-key-unusable",
      severity: "error",
      message: `expected cosign's public key in ${sign.public}, which ${fault}`,
      at: place(["sign", "public"]),
      fix: `run cosign generate-key-pair, commit its cosign.pub as ${sign.public}, and put what cosign.key holds into the secret ${sign.cosign}`,
    });
  }
  const handed = workflow.secrets?.indexOf(sign.cosign) ?? -1;
  if (handed !== -1) {
    findings.push({
      code: "signing-key-in-builds",
      severity: "error",
      message: `${sign.cosign} is the private key of signatures, and builds would get it`,
      at: place(["workflow", "secrets", handed]),
      fix: `take ${sign.cosign} out of workflow.secrets: the merge job gets it by sign`,
    });
  }
  return findings;
}

/** Which refs may sign must be in the config, and what excludes no regular expression of cosign's can say. */
function checkKeyless(
  { branches, tags = [] }: NonNullable<Family["config"]["config"]["workflow"]>,
  place: Family["config"]["place"],
): readonly Diagnostic<GenerateCode>[] {
  const fix = "signatures count by the branch or git tag of their workflow: name what is built";
  if (branches === undefined) {
    return [
      {
        code: "sign-refs-unknown",
        severity: "error",
        message: "sign without a key needs workflow.branches, and it is missing",
        at: place(["sign"]),
        fix,
      },
    ];
  }
  return Object.entries({ branches, tags }).flatMap(([key, patterns]) =>
    patterns.flatMap((pattern, index): readonly Diagnostic<GenerateCode>[] => {
      if (!pattern.startsWith("!")) return [];
      const message = `sign without a key cannot tell what ${JSON.stringify(pattern)} leaves out`;
      return [{ code: "sign-refs-unknown", severity: "error", message, at: place(["workflow", key, index]), fix }];
    }),
  );
}
