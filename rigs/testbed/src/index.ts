export {
  expiredToken,
  type Fault,
  type FaultRule,
  manifestUnknown,
  type RetryAfter,
  serverError,
  tooManyRequests,
} from "./fault.ts";
export { FaultProxy, type FaultProxyOptions, type SeenRequest } from "./fault-proxy.ts";
export { type RegistryOptions, type RunningRegistry, startRegistry } from "./start-registry.ts";
export { TestbedError, type TestbedErrorCode } from "./testbed-error.ts";
export { type AuthKind, type Testbed, type TestbedEngine, type TestbedRegistry, testbed } from "./testbed-file.ts";
export type { TokenRequest } from "./token-issuer.ts";
