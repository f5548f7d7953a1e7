import { expect, test } from "vitest";
import { isInFlight } from "./earlier-run.ts";

const RUN = {
  id: "99",
  event: "push",
  status: "in_progress",
  title: "A commit's message",
  commit: "abc",
  workflow: ".github/workflows/backend.yml",
};
const THIS = { own: "100", workflow: "backend" };

test.each([
  [{}, true],
  [{ status: "queued" }, true],
  [{ status: "completed" }, false],
  // It may wait for somebody for ever.
  [{ status: "waiting" }, false],
  [{ id: "100" }, false],
  [{ id: "101" }, false],
  [{ id: "9" }, true],
  [{ event: "schedule" }, true],
  [{ event: "workflow_dispatch", title: "backend" }, true],
  [{ event: "workflow_dispatch", title: "Only a" }, false],
] as const)("a run with %j: %s", (more, expected) => {
  expect(isInFlight({ ...RUN, ...more }, THIS)).toBe(expected);
});
