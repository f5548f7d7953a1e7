export { formatBytes, parseBytes } from "./bytes.ts";
export { CATALOGUE, type CatalogueRow } from "./catalogue.ts";
export { describePlan } from "./describe.ts";
export { DiskSetupError, type DiskSetupErrorCode } from "./error.ts";
export { checkKeep } from "./keep.ts";
export type { Mount } from "./mounts.ts";
export { makePlan } from "./plan.ts";
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
} from "./plan-data.ts";
export { probe } from "./probe.ts";
export type { DaemonJson, Disk, Docker, DockerEngine, Filesystem, Probe, Tree, Unit } from "./probe-data.ts";
export { parseProbe } from "./probe-file.ts";
export { carryOut, type ScriptResult } from "./run.ts";
export { renderScript } from "./script.ts";
export { type Outcome, type Space, type System, thisSystem } from "./system.ts";
