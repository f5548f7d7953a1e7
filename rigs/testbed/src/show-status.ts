import { existsSync } from "node:fs";
import { engineAnswers } from "./engine/engine.ts";
import type { Places } from "./machine/places.ts";
import { isAlive } from "./machine/process-ref.ts";
import { readTestbed, type Testbed } from "./machine/testbed-file.ts";
import { registryAnswers } from "./registry/registry.ts";
import { readRunning, type Service } from "./services.ts";

export interface StatusRow {
  readonly name: string;
  readonly state: "up" | "ill" | "down";
  readonly pid: number | null;
  readonly at: string;
}

/** What was started and how it does; nothing when the test bed is down. */
export async function lookAtServices(places: Places): Promise<readonly StatusRow[]> {
  const services = Object.entries(readRunning(places)?.services ?? {});
  const described = existsSync(places.file) ? readTestbed(places.file) : undefined;
  const rows = await Promise.all(
    services.map(async ([name, service]): Promise<StatusRow> => {
      const at = service.port === null ? `unix://${places.dockerSocket}` : `127.0.0.1:${service.port}`;
      const row = { name, pid: service.process.pid, at: `${at}${authNote(at, described)}` };
      if (!isAlive(service.process)) return { ...row, state: "down", pid: null };
      return { ...row, state: (await answers(places, name, service)) ? "up" : "ill" };
    }),
  );
  return [...rows, ...(await machineEngineRow(places, described))];
}

/** The machine's own engine is used, but was not started here. */
async function machineEngineRow({ dockerSocket }: Places, testbed: Testbed | undefined): Promise<readonly StatusRow[]> {
  const at = testbed?.docker?.host;
  const socket = at?.replace("unix://", "");
  if (at === undefined || socket === undefined || socket === dockerSocket) return [];
  return [
    { name: "engine", pid: null, at: `${at}  this machine's`, state: (await engineAnswers(socket)) ? "up" : "down" },
  ];
}

function authNote(at: string, testbed: Testbed | undefined): string {
  const registry = testbed?.registries.find(({ host }) => host === at);
  if (registry === undefined || registry.auth === "none") return "";
  return `  ${registry.auth}, ${registry.username}:${registry.password}`;
}

async function answers(places: Places, name: string, { port }: Service): Promise<boolean> {
  if (name === "engine") return engineAnswers(places.dockerSocket);
  return name === "attendant" || (port !== null && (await registryAnswers(port)));
}

export function renderStatus(rows: readonly StatusRow[]): string {
  const table = [
    ["SERVICE", "STATE", "PID", "AT"],
    ...rows.map(({ name, state, pid, at }) => [name, state, pid === null ? "-" : String(pid), at]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table.map((row) => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}\n`).join("");
}
