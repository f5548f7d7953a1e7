const http: typeof import("node:http") = process.getBuiltinModule("node:http");

/**
 * Node's HTTP without an import of it, which asks for all that the module exports, and so loads fetch and WebSocket: a tenth
 * of the time that `fanfold plan` has.
 */
export const HttpAgent: typeof http.Agent = http.Agent;
export const requestHttp: typeof http.request = http.request;
