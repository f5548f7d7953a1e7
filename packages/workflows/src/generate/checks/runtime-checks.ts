import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import type { GenerateCode } from "../../base/codes.ts";
import type { Family } from "../../config/family.ts";
import type { Pins } from "../yaml/pins.ts";

/** Whether there is what `workflow.runtime` asks for, and whether it can do what the config asks of it. */
export function checkRuntime({ config }: Family, { own }: Pins): readonly Diagnostic<GenerateCode>[] {
  const { workflow: { runtime = "npx" } = {}, build: { cache } = {} } = config.config;
  const findings: Diagnostic<GenerateCode>[] = [];
  if (runtime === "action" && own === undefined) {
    findings.push({
      code: "no-action-release",
      severity: "error",
      message: "there is no release of Fanfold's actions yet, and so no commit to pin them to",
      at: config.place(["workflow", "runtime"]),
      fix: "leave workflow.runtime out until there is one: npx runs the same commands",
    });
  }
  if (cache?.type === "gha" && runtime !== "action") {
    findings.push({ ...CACHE_NEEDS_ACTION, at: config.place(["build", "cache", "type"]) });
  }
  return findings;
}

/** Of `cache`, and of caches that an entry or the config names besides. */
export const CACHE_NEEDS_ACTION: Diagnostic<GenerateCode> = {
  code: "cache-needs-action",
  severity: "error",
  message: "GitHub gives access to its cache to actions only, and npx runs in none: nothing would be cached",
  fix: "set workflow.runtime: action, or use a cache in a registry: { type: registry, ref: quay.io/example/ci-cache }",
};
