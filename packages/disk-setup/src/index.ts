export { formatBytes, parseBytes } from "./base/bytes.ts";
export { DiskSetupError, type DiskSetupErrorCode } from "./base/error.ts";
export { carryOut, type ScriptResult } from "./commands/run.ts";
export { describePlan } from "./plan/describe.ts";
export { checkKeep } from "./plan/keep.ts";
export { makePlan } from "./plan/plan.ts";
export type {
  Action,
  BuildPlace,
  DaemonJsonChange,
  DeleteAction,
  Device,
  LeftOut,
  LeftOutReason,
  Method,
  NoOpReason,
  Plan,
  PlanOptions,
  PruneAction,
  RelocateAction,
  Relocation,
  Scope,
  TmpdirAction,
} from "./plan/plan-data.ts";
export { CATALOGUE, type CatalogueRow } from "./probe/catalogue.ts";
export type { Mount } from "./probe/mounts.ts";
export { probe } from "./probe/probe.ts";
export type { DaemonJson, Disk, Docker, DockerEngine, Filesystem, Probe, Tree, Unit } from "./probe/probe-data.ts";
export { parseProbe } from "./probe/probe-file.ts";
export { type Outcome, type Space, type System, thisSystem } from "./probe/system.ts";
export { renderScript } from "./script/script.ts";
