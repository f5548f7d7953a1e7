import type { Diagnostic } from "@fanfold-internal/kit/process/diagnostic";
import type { GenerateCode } from "../../base/codes.ts";
import { DEFAULT_CONFIG, type LoadedConfig, workflowName } from "../../config/config.ts";
import { WORKFLOW_KINDS, workflowPath } from "../blueprint/paths.ts";

/** Families that would write one another's files, each reported at the later config. */
export function clashingFiles(configs: readonly LoadedConfig[]): readonly Diagnostic<GenerateCode>[] {
  return configs.flatMap((config, position) =>
    configs.slice(0, position).flatMap((other): readonly Diagnostic<GenerateCode>[] => {
      const shared = sharedPaths(workflowName(config.config), workflowName(other.config));
      if (shared.length === 0) return [];
      const [here, there] = [config, other].map((each) => JSON.stringify(workflowName(each.config)));
      const also = here === there ? `here and in ${fileOf(other)}` : `here and ${there} in ${fileOf(other)}`;
      const whole = shared.length === WORKFLOW_KINDS.length;
      return [
        {
          code: "workflow-names-clash",
          severity: "error",
          message: `workflow.name is ${here} ${also}: both would generate ${whole ? "the same files" : shared.join(", ")}`,
          at: config.place(["workflow", "name"]),
          fix: `give each config a workflow.name of its own${whole ? "" : "; a name must not be another's with _pr, _build or _merge"}`,
        },
      ];
    }),
  );
}

/** Some file systems take `Backend.yml` for `backend.yml`. */
function sharedPaths(name: string, other: string): readonly string[] {
  const taken = new Set(WORKFLOW_KINDS.map((kind) => workflowPath(other, kind).toLowerCase()));
  return WORKFLOW_KINDS.map((kind) => workflowPath(name, kind)).filter((path) => taken.has(path.toLowerCase()));
}

function fileOf({ file }: LoadedConfig): string {
  return file ?? DEFAULT_CONFIG;
}
