import { setTimeout as sleep } from "node:timers/promises";
import { Refusal, say } from "./refusal.ts";

/** Seconds before a registry or GitHub is tried again; after the last it is given up. */
const WAITS = [2, 5, 10, 20, 40, 60];

/** What may pass by itself: no answer, an answer that says "later". Out of patience it is a refusal like any other. */
export class Passing extends Refusal {}

/** Tries again what throws `Passing`, as long as there is patience. Says so each time. */
export async function patiently<Value>(attempt: () => Promise<Value>): Promise<Value> {
  for (const wait of WAITS) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Passing)) throw error;
      say(`${error.message}\nagain in ${wait} s`);
      await sleep(wait * 1000);
    }
  }
  return await attempt();
}

/** A request that has an answer. @throws Passing where there is none, or one that may be another later. */
export async function ask(url: string, init: RequestInit): Promise<Response> {
  const said = `${init.method ?? "GET"} ${url}`;
  let response: Response;
  try {
    response = await fetch(url, { ...init, signal: AbortSignal.timeout(60_000) });
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    throw new Passing(`${said}: ${String(cause)}`);
  }
  if (response.status >= 500 || response.status === 429) throw new Passing(`${said}: ${response.status}`);
  return response;
}
