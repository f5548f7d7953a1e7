import { expect, test } from "vitest";
import { report } from "./annotation.ts";
import { recordingHost } from "./recording-host.ts";

const problem = {
  code: "wrong",
  severity: "error",
  message: "100% wrong:\nreally",
  fix: "do: this",
  at: { file: "a,b:c.yml", line: 3, column: 7 },
} as const;

test("on a terminal: place, level, message, and the fix on its own line", () => {
  const host = recordingHost();
  report(host, problem);
  expect(host.written.stderr).toBe("a,b:c.yml:3:7: error: 100% wrong:\\nreally\n  fix: do: this\n");
});

test("on a runner: an annotation at the place, everything escaped", () => {
  const host = recordingHost({ env: { GITHUB_ACTIONS: "true" } });
  report(host, { ...problem, severity: "warning" });
  expect(host.written.stderr).toBe("::warning file=a%2Cb%3Ac.yml,line=3,col=7::100%25 wrong:%0Areally; do: this\n");
});

test("an address is part of the message", () => {
  const host = recordingHost({ env: { GITHUB_ACTIONS: "true" } });
  report(host, { code: "x", severity: "error", message: "refused", at: { url: "https://quay.io/v2/x" } });
  expect(host.written.stderr).toBe("::error::https://quay.io/v2/x: refused\n");
});

test("on a runner, nothing in a message reaches the log as it is", () => {
  const host = recordingHost({ env: { GITHUB_ACTIONS: "true" } });
  report(host, {
    code: "x",
    severity: "warning",
    message: "a\u001b[31m\r##[add-mask]x\n::set-output name=x::y",
    at: { file: "f\u0007" },
  });
  expect(host.written.stderr).toBe(
    "::warning file=f\\u0007::a\\u001b[31m\\r##\\u005badd-mask]x%0A\\u003a:set-output name=x::y\n",
  );
});
