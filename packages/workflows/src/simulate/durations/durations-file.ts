import type { Host } from "@fanfold-internal/kit/process/host";
import { checkShape } from "@fanfold-internal/kit/read/json-shape";
import { nameOf, readText } from "@fanfold-internal/kit/read/text";
import { emptyKeyProblems } from "@fanfold-internal/kit/read/yaml-slips";
import { type Parsed, parseYaml } from "@fanfold-internal/kit/read/yaml-source";
import { WorkflowsError } from "../../base/error.ts";
import { DEFAULT_EMULATED, DEFAULT_SECONDS, type Durations } from "./durations.ts";
import { validateDurations } from "./durations-validator.ts";

const FIX =
  "write seconds, such as build: 600 and builds: { radarr: 240 }; docs/replay-model.md shows all that may stand in it";

/** Reads `--durations FILE`, YAML or JSON. @throws InputError, WorkflowsError `unreadable-input` with all of its faults */
export function readDurations(host: Pick<Host, "cwd" | "stdin">, file: string): Durations {
  const parsed = parseDurations(readText(host, file, { what: "the file with durations", fix: FIX }), nameOf(file));
  if (parsed.kind === "ok") return parsed.value;
  const { problems } = parsed;
  throw new WorkflowsError({ code: "unreadable-input", message: "durations cannot be read", problems });
}

export function parseDurations(text: string, file: string): Parsed<Durations> {
  const parsed = parseYaml(text, file);
  if (parsed.kind === "invalid") return parsed;
  const shape = checkShape(validateDurations, { ...parsed.value, value: parsed.value.value ?? {} });
  const slips = emptyKeyProblems(parsed.value);
  if (shape.kind === "invalid" || slips.length > 0) {
    return { kind: "invalid", problems: [...slips, ...(shape.kind === "invalid" ? shape.problems : [])] };
  }
  const { build = null, emulated = DEFAULT_EMULATED, builds = {}, ...other } = shape.value;
  if (build === null && Object.keys(builds).length === 0) {
    const message = "expected build or builds, found no duration of any build";
    return { kind: "invalid", problems: [{ code: "missing-key", severity: "error", message, at: { file }, fix: FIX }] };
  }
  return {
    kind: "ok",
    value: {
      source: file,
      other: { ...DEFAULT_SECONDS, ...other },
      build,
      emulated,
      builds: new Map(Object.entries(builds)),
    },
  };
}
