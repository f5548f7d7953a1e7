import { isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument } from "yaml";

// Where a field of the config ends up in the generated files; `*` is any one step. The last that fits a line wins, so
// that what lies inside something comes after it.
const FIELDS: readonly (readonly [path: string, field: string])[] = [
  ["name", "workflow.name"],
  ["on.push.branches", "workflow.branches"],
  ["on.push.tags", "workflow.tags"],
  ["on.schedule", "workflow.cron"],
  ["on.workflow_call.secrets", "workflow.registries"],
  ["on.workflow_call.inputs.group", "workflow.merge"],
  ["jobs.*.outputs", "the lists of the matrix file"],
  ["jobs.*.strategy.max-parallel", "workflow.max-parallel"],
  ["jobs.*.secrets", "workflow.registries"],
  ["jobs.*.permissions.packages", "workflow.registries"],
  ["jobs.*.needs", "the lists of the matrix file"],
  ["jobs.build.timeout-minutes", "workflow.timeout-minutes"],
  ["jobs.*.steps.*.with.retention-days", "workflow.retention-days"],
  ["jobs.*.steps.*.with.need", "workflow.need-disk"],
  ["jobs.*.steps.*.with.registry", "workflow.registries"],
  ["jobs.*.steps.*.with.username", "workflow.registries"],
  ["jobs.*.steps.*.with.password", "workflow.registries"],
];

/** `BUILD_ARG_X` in an `env` comes from `workflow.build-args.X`. */
const BUILD_ARG = /^jobs\.build\.steps\.\d+\.env\.BUILD_ARG_(.+)$/;
/** Jobs over shards: their number is that of the matrix. */
const SHARD_JOB = /^jobs\.build-[a-z0-9-]*(?:multi|single)-\d+$/;
const CALLED = /^jobs\.build-([a-z0-9-]+)-(?:multi|single)-\d+\.(?:uses|with)/;
const SHARDS = /^\s*--shards /;
const IMAGE = /^\s*--image /;
const CACHE = /cache-(?:from|to)/;

/** Which field of the config a line of a generated file (counted from 1) comes from, where that can be said. */
export function fieldOfLine(text: string, line: number): string | undefined {
  const content = text.split("\n")[line - 1] ?? "";
  if (SHARDS.test(content)) return "the lists of the matrix file";
  if (IMAGE.test(content)) return "images";
  if (CACHE.test(content)) return "workflow.cache";
  let found: string | undefined;
  for (const path of pathsOfLine(text, line)) found = fieldOfPath(path) ?? found;
  return found;
}

function fieldOfPath(path: string): string | undefined {
  const buildArg = BUILD_ARG.exec(path)?.[1];
  if (buildArg !== undefined) return `workflow.build-args.${buildArg}`;
  if (CALLED.test(path)) return "workflow.lists";
  if (SHARD_JOB.test(path)) return "the lists of the matrix file";
  const steps = path.split(".");
  return FIELDS.find(([pattern]) => {
    const wanted = pattern.split(".");
    return wanted.length === steps.length && wanted.every((step, index) => step === "*" || step === steps[index]);
  })?.[1];
}

/** The paths of everything that spans a line, from the outside in: `jobs`, `jobs.build`, … */
function pathsOfLine(text: string, line: number): readonly string[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const paths: string[] = [];
  const covers = (start: number, end: number): boolean =>
    lines.linePos(start).line <= line && line <= lines.linePos(Math.max(start, end - 1)).line;
  const walk = (node: unknown, path: string): void => {
    const children = isMap(node) ? node.items : isSeq(node) ? node.items : [];
    for (const [index, child] of children.entries()) {
      const key = isPair(child) && isScalar(child.key) ? child.key : undefined;
      const value = isPair(child) ? child.value : child;
      const start = (key ?? (isNode(value) ? value : undefined))?.range?.[0];
      const end = (isNode(value) ? value.range?.[1] : undefined) ?? key?.range?.[1];
      if (start === undefined || end === undefined || !covers(start, end)) continue;
      const here = path === "" ? String(key?.value ?? index) : `${path}.${key?.value ?? index}`;
      paths.push(here);
      walk(value, here);
    }
  };
  walk(document.contents, "");
  return paths;
}
