export {
  expiredToken,
  type Fault,
  type FaultRule,
  manifestUnknown,
  type RetryAfter,
  serverError,
  tooManyRequests,
} from "./faults/fault.ts";
export { FaultProxy, type FaultProxyOptions, type SeenRequest } from "./faults/fault-proxy.ts";
export { TestbedError, type TestbedErrorCode } from "./machine/testbed-error.ts";
export {
  type AuthKind,
  type Testbed,
  type TestbedEngine,
  type TestbedRegistry,
  testbed,
} from "./machine/testbed-file.ts";
export {
  type BuildkitOracle,
  buildkitOracle,
  type NodesQuestion,
  type OracleAnswer,
  type OracleNode,
  type OracleQuestion,
  type ReadsQuestion,
  type WordsQuestion,
} from "./oracle/buildkit-oracle.ts";
export { type RegistryOptions, type RunningRegistry, startRegistry } from "./registry/start-registry.ts";
export type { TokenRequest } from "./registry/token-issuer.ts";
