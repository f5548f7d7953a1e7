import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { OCI_INDEX } from "../oci/descriptor.ts";
import { digestOf } from "../oci/digest.ts";
import { parseRepository } from "../oci/reference.ts";
import type { Manifest } from "../oci/store.ts";
import { type ObservedRequest, RegistryClient } from "../registry/client.ts";
import { RegistryStore } from "../registry/store.ts";
import { refusal } from "../testing/refusal.ts";
import { FastClock, type Fault, RegistryStandIn, type Seen } from "../testing/registry-stand-in.ts";
import type { Credentials } from "./credentials.ts";

const password: Credentials = {
  kind: "password",
  username: "user",
  password: "canary:pass-word",
  origin: "config.json",
};
const basic = `Basic ${Buffer.from("user:canary:pass-word").toString("base64")}`;

describe("Bearer", () => {
  it("asks for the challenge once per host and for a token once per repository, however many come at once", async () => {
    await using registry = await TokenRegistry.start();
    const client = registry.client(password);
    const stores = ["a/one", "a/two", "a/three"].map((path) => registry.store(client, path));
    await Promise.all(
      stores.flatMap((store) => Array.from({ length: 20 }, (_, tag) => store.putManifest(`t${tag}`, manifest))),
    );
    expect(registry.statuses(401)).toBe(1);
    expect(registry.tokenRequests.map(({ target }) => target).sort()).toEqual(
      ["one", "three", "two"].map((name) => `/token?service=registry&scope=repository%3Aa%2F${name}%3Apull%2Cpush`),
    );
    expect(new Set(registry.tokenRequests.map(({ headers }) => headers.authorization))).toEqual(new Set([basic]));
  });

  it("reads with a token to push with, where there is one", async () => {
    await using registry = await TokenRegistry.start();
    const store = registry.store(registry.client(password));
    await store.putManifest("v1", manifest);
    await store.headManifest("v1");
    expect(registry.tokenRequests.length).toBe(1);
  });

  it("asks for no more than to read, to read", async () => {
    await using registry = await TokenRegistry.start();
    await registry.store(registry.client(password)).headManifest("v1");
    expect(registry.tokenRequests[0]?.target).toBe("/token?service=registry&scope=repository%3Aa%2Fb%3Apull");
  });

  it("renews a token before it expires", async () => {
    await using registry = await TokenRegistry.start();
    const clock = new FastClock();
    const store = registry.store(registry.client(password, clock));
    await store.headManifest("v1");
    clock.advance(49_000);
    await store.headManifest("v1");
    expect(registry.tokenRequests.length).toBe(1);
    clock.advance(2000);
    await store.headManifest("v1");
    expect(registry.tokenRequests.length).toBe(2);
    expect(registry.statuses(401)).toBe(1);
  });

  it("renews once, for all, a token that the registry no longer takes in mid-run", async () => {
    await using registry = await TokenRegistry.start();
    const store = registry.store(registry.client(password));
    await store.putManifest("v1", manifest);
    registry.expireAll();
    await Promise.all(Array.from({ length: 16 }, (_, tag) => store.putManifest(`t${tag}`, manifest)));
    expect(registry.tokenRequests.length).toBe(2);
  });

  it("gives up when a new token is not taken either", async () => {
    await using registry = await TokenRegistry.start();
    registry.accept = () => false;
    const error = await refusal(registry.store(registry.client(password)).headManifest("v1"));
    expect(error.code).toBe("unauthorized");
    expect(error.message).toContain("the credentials from config.json were not accepted");
    expect(registry.tokenRequests.length).toBe(2);
    // The last one by GET, for the registry's own words.
    expect(registry.statuses(401)).toBe(4);
  });

  it("asks once for the scope that was missing", async () => {
    await using registry = await TokenRegistry.start();
    const wanted = "repository:a/b:pull repository:base/image:pull";
    registry.accept = (scopes) => scopes.includes("repository:base/image:pull");
    registry.challenge = () =>
      `Bearer realm="http://${registry.host}/token",service="registry",scope="${wanted}",error="insufficient_scope"`;
    await registry.store(registry.client(password)).headManifest("v1");
    expect(registry.tokenRequests.at(-1)?.target).toContain(
      "scope=repository%3Aa%2Fb%3Apull&scope=repository%3Abase%2Fimage%3Apull",
    );
  });

  it("asks without credentials where there are none", async () => {
    await using registry = await TokenRegistry.start();
    await registry.store(registry.client({ kind: "anonymous", origin: "none" })).headManifest("v1");
    expect(registry.tokenRequests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it("sends a registry token as it is", async () => {
    await using registry = await TokenRegistry.start();
    registry.tokens.set("my-registry-token", []);
    await registry
      .store(registry.client({ kind: "registry-token", token: "my-registry-token", origin: "x" }))
      .headManifest("v1");
    expect(registry.tokenRequests).toEqual([]);
    expect(registry.requests.at(-1)?.headers.authorization).toBe("Bearer my-registry-token");
  });

  it("exchanges an identity token by POST", async () => {
    await using registry = await TokenRegistry.start();
    await registry.store(registry.client(identity)).putManifest("v1", manifest);
    expect(registry.tokenRequests.map(({ method, target }) => `${method} ${target}`)).toEqual(["POST /token"]);
    expect(Object.fromEntries(new URLSearchParams(registry.bodies[0]))).toEqual({
      grant_type: "refresh_token",
      refresh_token: "canary-identity",
      client_id: "fanfold",
      scope: "repository:a/b:pull,push",
      service: "registry",
    });
  });

  it.each([400, 401, 404, 405])("and by GET where POST is answered %i", async (status) => {
    await using registry = await TokenRegistry.start();
    registry.tokenFault = ({ method }) => (method === "POST" ? { status } : undefined);
    await registry.store(registry.client(identity)).headManifest("v1");
    expect(registry.tokenRequests.map(({ method }) => method)).toEqual(["POST", "GET"]);
    expect(registry.tokenRequests[1]?.headers.authorization).toBe(
      `Basic ${Buffer.from("<token>:canary-identity").toString("base64")}`,
    );
  });

  it.each<[string, Fault, string, string]>([
    [
      "401",
      { status: 401, body: '{"details":"incorrect username or password"}' },
      "unauthorized",
      "401 (incorrect username or password)",
    ],
    ["403", { status: 403, body: '{"errors":[{"code":"DENIED","message":"no"}]}' }, "denied", "403 (DENIED: no)"],
    ["no token", { status: 200, body: "{}" }, "bad-response", 'without a "token"'],
    ["a page", { status: 200, body: "<html>" }, "bad-response", 'without a "token"'],
    [
      "a token with a line break",
      { status: 200, body: '{"token":"a\\r\\nx: y"}' },
      "bad-response",
      'without a "token"',
    ],
  ])("names the token service that answers %s", async (_, fault, code, text) => {
    await using registry = await TokenRegistry.start();
    registry.tokenFault = () => fault;
    const store = registry.store(registry.client(password));
    const error = await refusal(store.headManifest("v1"));
    expect(error.code).toBe(code);
    expect(error.message).toContain(text);
    expect(error.message).toContain(`http://${registry.host}/token`);
    // The failure is not kept: the service may recover.
    registry.tokenFault = () => undefined;
    expect(await store.headManifest("v1")).toBeUndefined();
  });

  it("tries a token service again that has a passing fault", async () => {
    await using registry = await TokenRegistry.start();
    let left = 2;
    registry.tokenFault = () => (left-- > 0 ? { status: 503 } : undefined);
    expect(await registry.store(registry.client(password)).headManifest("v1")).toBeUndefined();
    expect(registry.tokenRequests.length).toBe(3);
  });

  it("learns nothing from a gateway's 502", async () => {
    await using registry = await TokenRegistry.start();
    let left = 3;
    registry.fault = (seen, body) => (left-- > 0 ? { status: 502 } : registry.answer(seen, body));
    const store = registry.store(registry.client(password));
    await Promise.all(Array.from({ length: 8 }, () => store.putManifest("v1", manifest)));
    expect(registry.tokenRequests.length).toBe(1);
  });
});

describe("Basic", () => {
  it("is sent from the second request on", async () => {
    await using registry = await RegistryStandIn.start({
      fault: ({ headers }) =>
        headers.authorization === basic
          ? undefined
          : { status: 401, headers: { "www-authenticate": 'Basic realm="x"' } },
    });
    const client = clientWith(password);
    for (const path of ["a/b", "c/d"]) {
      const store = new RegistryStore(path, parseRepository(`${registry.host}/${path}`), client);
      await store.putManifest("v1", manifest);
      expect(await store.headManifest("v1")).toEqual(manifest.descriptor);
    }
    expect(registry.requests.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      basic,
      basic,
      basic,
      basic,
    ]);
  });

  it.each<[string, Credentials, string, number]>([
    ["wrong", password, "the credentials from config.json were not accepted", 2],
    ["none", { kind: "anonymous", origin: "config.json" }, "no credentials for it in config.json: run docker login", 1],
  ])("with credentials that are %s ends after one try of them", async (_, credentials, text, requests) => {
    await using registry = await RegistryStandIn.start({
      fault: () => ({
        status: 401,
        headers: { "www-authenticate": 'Basic realm="x"' },
        body: '{"errors":[{"code":"UNAUTHORIZED"}]}',
      }),
    });
    const store = new RegistryStore("x", parseRepository(`${registry.host}/a/b`), clientWith(credentials));
    const error = await refusal(store.putManifest("v1", manifest));
    expect(error.code).toBe("unauthorized");
    expect(error.message).toContain("401 (UNAUTHORIZED)");
    expect(error.message).toContain(text);
    expect(registry.requests.length).toBe(requests);
  });
});

describe("credentials", () => {
  it("go to no token service that a registry makes up", async () => {
    await using registry = await TokenRegistry.start();
    for (const realm of [
      "http://169.254.169.254/latest",
      "http://token.example/x",
      "ftp://x/",
      "nonsense",
      "http://u:p@127.0.0.1/",
    ]) {
      registry.challenge = () => `Bearer realm="${realm}",service="registry"`;
      const error = await refusal(registry.store(registry.client(password)).headManifest("v1"));
      expect(error.code).toBe("insecure");
    }
    expect(registry.tokenRequests).toEqual([]);
  });

  it("are not asked for by the host that a redirect leads to", async () => {
    await using other = await RegistryStandIn.start({
      fault: () => ({ status: 401, headers: { "www-authenticate": `Bearer realm="http://${other.host}/token"` } }),
    });
    await using registry = await RegistryStandIn.start({
      fault: ({ target }) => ({ status: 307, headers: { location: `http://${other.host}${target}` } }),
    });
    const store = new RegistryStore("x", parseRepository(`${registry.host}/a/b`), clientWith(password));
    const error = await refusal(store.getManifest("v1"));
    expect(error.code).toBe("rejected");
    expect(error.message).toContain(
      `http://${other.host}/v2/a/b/manifests/v1: GET: the host that the registry sent this on to answered 401`,
    );
    expect(error.message).not.toContain("docker login");
    expect(other.requests.map(({ target, headers }) => [target, headers.authorization])).toEqual([
      ["/v2/a/b/manifests/v1", undefined],
    ]);
  });

  it("are in no message, no cause, no log of requests and no print of any object", async () => {
    const seen: ObservedRequest[] = [];
    const output: string[] = [];
    await using registry = await TokenRegistry.start();
    const echo = ({ headers, target }: Seen) => ({
      status: 403,
      body: JSON.stringify({ errors: [{ code: "DENIED", message: `you sent ${headers.authorization} to ${target}` }] }),
    });
    for (const credentials of [
      password,
      identity,
      { kind: "registry-token", token: "canary-registry", origin: "x" },
    ] as const) {
      const client = registry.client(credentials, new FastClock(), (request) => seen.push(request));
      const store = registry.store(client);
      registry.accept = () => false;
      registry.tokenFault = () => undefined;
      output.push(show(await refusal(store.putManifest("v1", manifest))));
      registry.fault = (request, body) =>
        request.target.startsWith("/token") ? registry.answer(request, body) : echo(request);
      const echoed = await refusal(store.putManifest("v1", manifest));
      output.push(show(echoed), show(store), show(client));
      registry.tokenFault = echo;
      registry.fault = registry.answer;
      output.push(
        show(await refusal(registry.store(registry.client(credentials), "other").putManifest("v1", manifest))),
      );
    }
    output.push(show(seen));
    expect(output.join("\n")).toContain("you sent Bearer ***");
    expect(output.join("\n")).toContain("you sent Basic ***");
    expect(output.join("\n")).not.toContain("canary");
    expect(output.join("\n")).not.toContain("issued-");
    for (const secret of ["user:canary:pass-word", "<token>:canary-identity"]) {
      expect(output.join("\n")).not.toContain(Buffer.from(secret).toString("base64"));
    }
  });
});

const identity: Credentials = {
  kind: "identity-token",
  username: "<token>",
  token: "canary-identity",
  origin: "helper",
};
const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] }));
const manifest: Manifest = { descriptor: { mediaType: OCI_INDEX, digest: digestOf(bytes), size: bytes.length }, bytes };

/** A stand-in with a token service of its own. Each token is good for what it was asked for. */
class TokenRegistry implements AsyncDisposable {
  readonly tokens = new Map<string, readonly string[]>();
  readonly bodies: string[] = [];
  readonly #answered: number[] = [];
  challenge: () => string = () => `Bearer realm="http://${this.host}/token",service="registry"`;
  accept: (scopes: readonly string[]) => boolean = () => true;
  tokenFault: (seen: Seen) => Fault | undefined = () => undefined;
  #standIn: RegistryStandIn;

  private constructor(standIn: RegistryStandIn) {
    this.#standIn = standIn;
    standIn.fault = this.answer;
  }

  static async start(): Promise<TokenRegistry> {
    return new TokenRegistry(await RegistryStandIn.start());
  }

  get host(): string {
    return this.#standIn.host;
  }

  get requests(): readonly Seen[] {
    return this.#standIn.requests;
  }

  get tokenRequests(): readonly Seen[] {
    return this.requests.filter(({ target }) => target.startsWith("/token"));
  }

  set fault(fault: (seen: Seen, body: Buffer) => Fault | undefined) {
    this.#standIn.fault = fault;
  }

  statuses(status: number): number {
    return this.#answered.filter((answered) => answered === status).length;
  }

  expireAll(): void {
    this.tokens.clear();
  }

  client(
    credentials: Credentials,
    clock: FastClock = new FastClock(),
    onRequest: (request: ObservedRequest) => void = () => {},
  ): RegistryClient {
    return new RegistryClient({ env: {}, clock, onRequest, credentials: async () => credentials });
  }

  store(client: RegistryClient, path = "a/b"): RegistryStore {
    const name = `${this.host}/${path}`;
    return new RegistryStore(name, parseRepository(name), client);
  }

  answer = (seen: Seen, body: Buffer): Fault | undefined => {
    const url = new URL(seen.target, "http://x");
    if (url.pathname === "/token") {
      this.bodies.push(body.toString());
      const fault = this.tokenFault(seen);
      if (fault !== undefined) return fault;
      const token = `issued-${this.tokens.size}-${Math.random()}`;
      this.tokens.set(token, [
        ...url.searchParams.getAll("scope"),
        ...new URLSearchParams(body.toString()).getAll("scope"),
      ]);
      const name = seen.method === "POST" ? "access_token" : "token";
      return { status: 200, body: JSON.stringify({ [name]: token }) };
    }
    const scopes = this.tokens.get(seen.headers.authorization?.replace("Bearer ", "") ?? "");
    const path = /^\/v2\/(.+)\/(?:manifests|blobs)\//.exec(seen.target)?.[1];
    const needed = `repository:${path}:${seen.method === "GET" || seen.method === "HEAD" ? "pull" : "pull,push"}`;
    const enough = scopes?.length === 0 || scopes?.some((scope) => scope.startsWith(needed));
    if (enough && this.accept(scopes ?? [])) return undefined;
    this.#answered.push(401);
    return { status: 401, headers: { "www-authenticate": this.challenge() } };
  };

  [Symbol.asyncDispose](): Promise<void> {
    return this.#standIn[Symbol.asyncDispose]();
  }
}

function clientWith(credentials: Credentials): RegistryClient {
  return new RegistryClient({ env: {}, clock: new FastClock(), credentials: async () => credentials });
}

/** Everything a logger might print. */
function show(value: unknown): string {
  const text = value instanceof Error ? `${value.stack} ${value.message}` : "";
  return `${text}\n${inspect(value, { depth: 20, showHidden: true })}`;
}
