import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createProxy, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OCI_INDEX } from "../oci/descriptor.ts";
import { parseRepository } from "../oci/reference.ts";
import { RegistryClient } from "../registry/client.ts";
import { RegistryStore } from "../registry/store.ts";
import { refusal } from "../testing/refusal.ts";
import { FastClock } from "../testing/registry-stand-in.ts";

const certificate = makeCertificate();
if (certificate === undefined) console.warn("HTTPS is not tested: no program openssl to make a certificate with");

// A host on this machine is asked without TLS, so the one with TLS has a name that only the proxy knows.
describe.skipIf(certificate === undefined)("HTTPS, through a proxy that asks for a password", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  const connects: string[] = [];
  let registry: Server;
  let proxy: Server;
  beforeAll(async () => {
    const headers = { "content-type": OCI_INDEX, "docker-content-digest": digest, "content-length": "5" };
    registry = createTlsServer(certificate ?? {}, (_, response) => response.writeHead(200, headers).end());
    proxy = createProxy().on("connect", (request, socket) => {
      const user = Buffer.from(request.headers["proxy-authorization"]?.replace("Basic ", "") ?? "", "base64");
      connects.push(`${user} ${request.url}`);
      const upstream = connect(portOf(registry), "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        upstream.pipe(socket).pipe(upstream);
      });
      for (const end of [upstream, socket]) end.on("error", () => socket.destroy());
    });
    for (const server of [registry, proxy])
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => {
    for (const server of [registry, proxy]) {
      server.closeAllConnections();
      server.close();
    }
  });

  const open = (address = `http://user:canary@127.0.0.1:${portOf(proxy)}`) => {
    const env = { HTTPS_PROXY: address };
    const client = new RegistryClient({ env, clock: new FastClock() });
    return { client, store: new RegistryStore("x", parseRepository("registry.invalid/a"), client) };
  };

  it("refuses a host that nobody vouches for, and says which variable makes it trusted", async () => {
    const { client, store } = open();
    const error = await refusal(store.headManifest("v1"));
    expect(error.code).toBe("insecure");
    expect(error.message).toMatch(
      /https:\/\/registry\.invalid\/v2\/a\/manifests\/v1: HEAD: .*SELF_SIGNED.*NODE_EXTRA_CA_CERTS/,
    );
    expect(error.message).not.toContain("canary");
    expect(connects).toEqual(["user:canary registry.invalid:443"]);
    await client.close();
  });

  it("refuses a variable that names no proxy, without its value", async () => {
    const { client, store } = open(`http://user:canary#x@127.0.0.1:${portOf(proxy)}`);
    const error = await refusal(store.headManifest("v1"));
    expect(error.code).toBe("invalid-options");
    expect(error.message).toMatch(/^HTTPS_PROXY: expected the address of a proxy, found something else/);
    expect(error.message).not.toMatch(/canary|127\.0\.0\.1/);
    await client.close();
  });

  it("talks to one that is trusted, and takes a proxy without a scheme", async () => {
    const trusted = getCACertificates();
    setDefaultCACertificates([...trusted, certificate?.cert ?? ""]);
    const { client, store } = open(`user:canary@127.0.0.1:${portOf(proxy)}`);
    try {
      expect(await store.headManifest("v1")).toEqual({ mediaType: OCI_INDEX, digest, size: 5 });
    } finally {
      setDefaultCACertificates(trusted);
      await client.close();
    }
  });
});

function makeCertificate(): { readonly key: string; readonly cert: string } | undefined {
  const directory = mkdtempSync(join(tmpdir(), "fanfold-tls-"));
  try {
    const [key, cert] = [join(directory, "key.pem"), join(directory, "cert.pem")];
    const subject = ["-subj", "/CN=registry.invalid", "-addext", "subjectAltName=DNS:registry.invalid"];
    const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", cert];
    execFileSync("openssl", [...request, ...subject], { stdio: "ignore" });
    return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a TCP port");
  return address.port;
}
