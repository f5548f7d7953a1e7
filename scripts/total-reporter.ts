import type { Reporter, TestModule } from "vitest/node";

/** Ends a test run with why tests were skipped, and the line that CI reads: `N passed, N failed, N skipped`. */
export class TotalReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: errors.length, skipped: 0, pending: 0 };
    const reasons = new Map<string, number>();
    for (const module of modules) {
      const before = count.failed;
      for (const test of module.children.allTests()) {
        const result = test.result();
        count[result.state] += 1;
        if (result.state !== "skipped") continue;
        const reason = result.note ?? `${module.relativeModuleId}: no reason given`;
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      }
      // A file that could not be loaded has no tests, and has failed all the same.
      if (!module.ok() && count.failed === before) count.failed += 1;
    }
    process.once("exit", () => {
      for (const [reason, tests] of reasons) process.stdout.write(`SKIPPED ${tests}: ${reason}\n`);
      process.stdout.write(
        `${count.passed} passed, ${count.failed} failed, ${count.skipped + count.pending} skipped\n`,
      );
    });
  }
}
