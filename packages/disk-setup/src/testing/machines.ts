import { readdirSync, readFileSync } from "node:fs";
import type { PlanOptions } from "../plan/plan-data.ts";
import type { Probe } from "../probe/probe-data.ts";
import { parseProbe } from "../probe/probe-file.ts";

const testdata = new URL("../../testdata/", import.meta.url);

/** A machine and what is asked of it: testdata/ok/NAME/case.json. */
export interface MachineCase {
  readonly probe: Probe;
  readonly options: PlanOptions;
  /** A file of the case. */
  readonly file: (base: string) => string;
}

export const machineCases = (): string[] => readdirSync(new URL("ok/", testdata));

export function machineCase(name: string): MachineCase {
  const file = (base: string): string => new URL(`ok/${name}/${base}`, testdata).pathname;
  const { machine, but, options } = JSON.parse(readFileSync(file("case.json"), "utf8"));
  return { probe: baseMachine(machine, but), options, file };
}

/** One of testdata/machines, changed as `mergeMachine` says. */
function baseMachine(name: string, but: unknown = {}): Probe {
  const base: unknown = JSON.parse(readFileSync(new URL(`machines/${name}.json`, testdata), "utf8"));
  return parseProbe(JSON.stringify(mergeMachine(base, but)), `machines/${name}.json`);
}

// What names an element of these lists, so that one of them can be changed alone.
const KEYS: Readonly<Record<string, string>> = { disks: "name", mounts: "path", filesystems: "id", trees: "path" };

/**
 * Objects are merged key by key, except that one with a `state` replaces the whole. In the lists of KEYS an element is
 * changed under its name, added under a new one, and removed by null. Everything else is replaced.
 */
function mergeMachine(base: unknown, but: unknown, name = ""): unknown {
  if (!isObject(but) || "state" in but) return but;
  const key = KEYS[name];
  if (Array.isArray(base) && key !== undefined) {
    const elements = new Map(base.map((element): [unknown, unknown] => [element[key], element]));
    for (const [id, change] of Object.entries(but)) {
      if (change === null) elements.delete(id);
      else elements.set(id, mergeMachine(elements.get(id), change));
    }
    return [...elements.values()];
  }
  const merged: Record<string, unknown> = isObject(base) ? { ...base } : {};
  for (const [part, change] of Object.entries(but)) merged[part] = mergeMachine(merged[part], change, part);
  return merged;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
