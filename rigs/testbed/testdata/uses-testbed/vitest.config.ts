export default {
  test: { include: ["*.test.ts"], globalSetup: ["../../src/vitest-global-setup.ts"], hookTimeout: 60_000 },
};
