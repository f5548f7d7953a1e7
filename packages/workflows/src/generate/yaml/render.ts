import type {
  CompositeAction,
  Concurrency,
  Input,
  Job,
  Permissions,
  Step,
  Strategy,
  Triggers,
  Value,
  Values,
  Workflow,
} from "./model.ts";
import { OWN_ACTIONS, type Pins } from "./pins.ts";
import { type Entry, mapping, type Node, nothing, quoted, scalar, sequence, yamlText } from "./text.ts";

/** A workflow as the text of its file. */
export function renderWorkflow(workflow: Workflow, pins: Pins): string {
  const { header, name, runName, on, concurrency, jobs } = workflow;
  const inherits = jobs.some(({ permissions }) => permissions.kind === "inherited");
  return yamlText(
    header,
    mapping([
      { key: "name", value: valueNode(name) },
      ...(runName === undefined ? [] : [{ key: "run-name", value: scalar(runName.text), above: runName.why }]),
      { key: "on", value: mapping(triggers(on)), apart: true },
      ...(inherits
        ? []
        : [{ key: "permissions", value: mapping([]), above: "None but what a job asks for itself.", apart: true }]),
      ...concurrencyEntry(concurrency, true),
      {
        key: "defaults",
        value: mapping([{ key: "run", value: mapping([{ key: "shell", value: scalar("bash") }]) }]),
        apart: true,
      },
      {
        key: "jobs",
        value: mapping(
          jobs.map((job, index) => ({
            key: job.id,
            value: mapping(jobEntries(job, pins)),
            above: job.why,
            apart: index > 0,
          })),
        ),
        apart: true,
      },
    ]),
  );
}

/** A composite action as the text of its file. */
export function renderAction(
  { header, name, description, inputs, outputs, steps }: CompositeAction,
  pins: Pins,
): string {
  const inputEntries = Object.entries(inputs).map(
    ([key, input]): Entry => ({
      key,
      value: mapping([
        { key: "description", value: scalar(input.description) },
        { key: "required", value: scalar(input.required) },
      ]),
    }),
  );
  const outputEntries = Object.entries(outputs).map(
    ([key, output]): Entry => ({
      key,
      value: mapping([
        { key: "description", value: scalar(output.description) },
        { key: "value", value: scalar(output.value) },
      ]),
    }),
  );
  return yamlText(
    header,
    mapping([
      { key: "name", value: scalar(name) },
      { key: "description", value: scalar(description) },
      { key: "inputs", value: mapping(inputEntries), apart: true },
      { key: "outputs", value: mapping(outputEntries), apart: true },
      {
        key: "runs",
        value: mapping([
          { key: "using", value: scalar("composite") },
          {
            key: "steps",
            value: sequence(
              steps.map((step) => stepNode(step, pins, "bash")),
              "apart",
            ),
          },
        ]),
        apart: true,
      },
    ]),
  );
}

function triggers({ push, cron, dispatchInputs, pullRequest, call }: Triggers): readonly Entry[] {
  const entries: Entry[] = [];
  if (push !== undefined) {
    const value = mapping([
      { key: "branches", value: quotedList(push.branches) },
      ...(push.tags.length === 0 ? [] : [{ key: "tags", value: quotedList(push.tags) }]),
    ]);
    entries.push({ key: "push", value });
  }
  if (cron !== undefined) {
    const value = sequence([mapping([{ key: "cron", value: quoted(cron) }])], "lines");
    entries.push({ key: "schedule", value, above: "Everything, so that what no commit touches does not go stale." });
  }
  if (dispatchInputs !== undefined) {
    entries.push({ key: "workflow_dispatch", value: mapping([{ key: "inputs", value: inputs(dispatchInputs) }]) });
  }
  if (pullRequest !== undefined) {
    const above = "Without a filter of paths: a required check whose workflow does not start is waited for in vain.";
    entries.push({ key: "pull_request", value: nothing(), above }, { key: "merge_group", value: nothing() });
  }
  if (call !== undefined) {
    const parts: Entry[] = [];
    if (Object.keys(call.inputs).length > 0) parts.push({ key: "inputs", value: inputs(call.inputs) });
    if (call.secrets.length > 0) {
      const secrets = call.secrets.map((key) => ({
        key,
        value: mapping([{ key: "required", value: scalar(false) }]),
      }));
      parts.push({ key: "secrets", value: mapping(secrets) });
    }
    entries.push({ key: "workflow_call", value: parts.length === 0 ? nothing() : mapping(parts) });
  }
  return entries;
}

function inputs(named: Readonly<Record<string, Input>>): Node {
  return mapping(
    Object.entries(named).map(([key, { description, required, type }]) => ({
      key,
      value: mapping([
        { key: "description", value: scalar(description) },
        { key: "required", value: scalar(required) },
        { key: "type", value: scalar(type) },
      ]),
    })),
  );
}

function jobEntries(job: Job, pins: Pins): readonly Entry[] {
  const { permissions } = job;
  // What inherits its permissions looks like what forgot them.
  const reason =
    permissions.kind === "inherited" ? `zizmor: ignore[excessive-permissions] ${permissions.reason}` : undefined;
  const entries: Entry[] = [{ key: "name", value: scalar(job.name, reason) }];
  if (job.needs.length > 0) {
    entries.push({
      key: "needs",
      value: sequence(
        job.needs.map((id) => scalar(id)),
        "flow",
      ),
    });
  }
  if (job.if !== undefined) entries.push({ key: "if", value: scalar(job.if.condition), above: job.if.why });
  entries.push(...permissionEntries(permissions), ...concurrencyEntry(job.concurrency, false));
  if (job.strategy !== undefined) entries.push({ key: "strategy", value: strategy(job.strategy) });
  return [...entries, ...(job.kind === "call" ? callEntries(job) : stepEntries(job, pins))];
}

function callEntries({ uses, with: given, secrets }: Extract<Job, { kind: "call" }>): readonly Entry[] {
  const entries: Entry[] = [{ key: "uses", value: localUse(uses) }];
  if (Object.keys(given).length > 0) entries.push({ key: "with", value: values(given) });
  if (secrets.length > 0) {
    const value = mapping(secrets.map((name) => ({ key: name, value: scalar(`\${{ secrets.${name} }}`) })));
    entries.push({ key: "secrets", value });
  }
  return entries;
}

function stepEntries(job: Extract<Job, { kind: "steps" }>, pins: Pins): readonly Entry[] {
  return [
    { key: "runs-on", value: scalar(job.runsOn) },
    { key: "timeout-minutes", value: scalar(job.timeoutMinutes) },
    ...(job.outputs === undefined ? [] : [{ key: "outputs", value: values(job.outputs) }]),
    ...(job.env === undefined ? [] : [{ key: "env", value: values(job.env) }]),
    {
      key: "steps",
      value: sequence(
        job.steps.map((step) => stepNode(step, pins)),
        "apart",
      ),
    },
  ];
}

/** `shell`: of steps in an action, for which a workflow's default does not hold. */
function stepNode(step: Step, pins: Pins, shell?: string): Node {
  const entries: Entry[] = [{ key: "name", value: scalar(step.name) }];
  if (step.id !== undefined) entries.push({ key: "id", value: scalar(step.id) });
  if (step.if !== undefined) entries.push({ key: "if", value: scalar(step.if) });
  if (step.kind === "action") {
    const { sha, version } = pins.actions[step.action];
    entries.push({ key: "uses", value: scalar(`${step.action}@${sha}`, version) });
  }
  if (step.kind === "own") {
    const { sha, version } = step.pin;
    entries.push({ key: "uses", value: scalar(`${OWN_ACTIONS}/${step.action}@${sha}`, version) });
  }
  if (step.kind === "local") entries.push({ key: "uses", value: localUse(step.uses) });
  const given = inputsOf(step, pins);
  if (given !== undefined) entries.push({ key: "with", value: values(given) });
  if (step.env !== undefined) entries.push({ key: "env", value: values(step.env) });
  if (step.kind === "run") {
    if (shell !== undefined) entries.push({ key: "shell", value: scalar(shell) });
    entries.push({ key: "run", value: scalar(step.run) });
  }
  const node = mapping(entries);
  if (step.why !== undefined) node.commentBefore = ` ${step.why}`;
  return node;
}

function inputsOf(step: Step, pins: Pins): Values | undefined {
  if (step.kind === "run") return undefined;
  if (step.kind !== "action" || step.image === undefined) return step.with;
  const { input, prefix, image } = step.image;
  return { ...step.with, [input]: `${prefix}${pins.images[image]}` };
}

function permissionEntries(permissions: Permissions): readonly Entry[] {
  if (permissions.kind === "inherited") return [];
  const grants = permissions.grants.map(({ scope, access, reason }) => ({ key: scope, value: scalar(access, reason) }));
  return [{ key: "permissions", value: mapping(grants) }];
}

function concurrencyEntry(concurrency: Concurrency | undefined, apart: boolean): readonly Entry[] {
  if (concurrency === undefined) return [];
  const { group, policy } = concurrency;
  const rule: Entry =
    policy === "queue"
      ? { key: "queue", value: scalar("max") }
      : { key: "cancel-in-progress", value: scalar(policy === "replace") };
  const above = policy === "queue" ? concurrency.why : WHY_CONCURRENCY[policy];
  return [{ key: "concurrency", value: mapping([{ key: "group", value: scalar(group) }, rule]), above, apart }];
}

const WHY_CONCURRENCY = {
  replace: "A newer commit of a pull request makes the run of the older one pointless.",
  "side-by-side": "A group per run: pushes never cancel one another, each builds what it changed.",
} as const;

function strategy({ matrix, maxParallel }: Strategy): Node {
  return mapping([
    { key: "fail-fast", value: scalar(false) },
    ...(maxParallel === undefined ? [] : [{ key: "max-parallel", value: scalar(maxParallel) }]),
    { key: "matrix", value: scalar(matrix) },
  ]);
}

// zizmor would have `$/`, which actionlint 1.7 refuses and GitHub Enterprise Server does not know.
function localUse(path: string): Node {
  return scalar(path, "zizmor: ignore[self-repository] $/ is not known everywhere yet");
}

function values(given: Values): Node {
  return mapping(Object.entries(given).map(([key, value]) => ({ key, value: valueNode(value) })));
}

function valueNode(value: Value): Node {
  return typeof value === "string" && !isPlain(value) ? quoted(value) : scalar(value);
}

/** Whether every reader of YAML takes a text for text, also one of YAML 1.1, to which `on` and `yes` are none. */
function isPlain(text: string): boolean {
  if (text.includes("\n") || text.startsWith("${{")) return true;
  return /^[a-z]+(?:[-_/. ][a-z]+)*$/i.test(text) && !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(text);
}

function quotedList(texts: readonly string[]): Node {
  return sequence(texts.map(quoted), "flow");
}
