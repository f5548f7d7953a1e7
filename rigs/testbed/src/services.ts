import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Places } from "./machine/places.ts";
import { endProcess, isAlive, type ProcessRef } from "./machine/process-ref.ts";
import { isObject } from "./machine/testbed-file.ts";

/** Who started the test bed. What `tests` started ends with the last test run that uses it. */
export type Owner = "person" | "tests";

export interface Service {
  readonly process: ProcessRef;
  /** Null where it listens on a socket. */
  readonly port: number | null;
}

/** What was started, for the next command to find. */
export interface Running {
  readonly owner: Owner;
  readonly services: Readonly<Record<string, Service>>;
}

export function readRunning({ record }: Places): Running | undefined {
  if (!existsSync(record)) return undefined;
  const value: unknown = JSON.parse(readFileSync(record, "utf8"));
  if (!isObject(value) || !isObject(value["services"])) return undefined;
  const services: Record<string, Service> = {};
  for (const [name, service] of Object.entries(value["services"])) {
    if (isService(service)) services[name] = service;
  }
  return { owner: value["owner"] === "tests" ? "tests" : "person", services };
}

function isService(value: unknown): value is Service {
  if (!isObject(value) || !isObject(value["process"])) return false;
  const { pid, startedAt } = value["process"];
  const { port } = value;
  return typeof pid === "number" && typeof startedAt === "string" && (port === null || typeof port === "number");
}

/** The services while they are brought up; each is on record as soon as it runs, so that `down` finds it. */
export class Services {
  readonly started: string[] = [];
  readonly #record: string;
  readonly #owner: Owner;
  readonly #services: Record<string, Service>;

  constructor(record: string, { owner, services }: Running) {
    this.#record = record;
    this.#owner = owner;
    this.#services = { ...services };
    this.#save();
  }

  /** Leaves a service alone that runs and answers; else launches it, on the port that it had (0: on any). */
  async ensure(
    name: string,
    answers: (service: Service) => Promise<boolean>,
    launch: (port: number) => Promise<Service>,
  ): Promise<Service> {
    const before = this.#services[name];
    if (before !== undefined) {
      if (isAlive(before.process) && (await answers(before))) return before;
      await endProcess(before.process, 5);
    }
    const service = await launch(before?.port ?? 0);
    this.#services[name] = service;
    this.started.push(name);
    this.#save();
    return service;
  }

  #save(): void {
    writeJson(this.#record, { owner: this.#owner, services: this.#services } satisfies Running);
  }
}

/** Writes JSON so that a reader sees the old or the new, never a part. */
export function writeJson(path: string, value: unknown): void {
  writeFileSync(`${path}.new`, `${JSON.stringify(value, null, 2)}\n`);
  renameSync(`${path}.new`, path);
}
