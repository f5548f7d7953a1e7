import { isLoopback } from "@fanfold-internal/kit/http/loopback";
import { describe, expect, it } from "vitest";
import { isInternalAddress } from "../hosts/addresses.ts";
import { checkRealm } from "./realm.ts";

describe("checkRealm", () => {
  it.each([
    ["https://auth.docker.io/token", "https://registry-1.docker.io"],
    ["https://10.0.0.5/token", "https://10.0.0.5"],
    ["https://10.0.0.5:8443/token", "https://10.0.0.5:5000"],
    ["https://auth.example/token", "http://127.0.0.1:5000"],
    ["http://127.0.0.1:5001/token", "http://127.0.0.1:5000"],
    ["http://localhost:5001/token", "http://127.0.0.1:5000"],
    ["http://registry.lan:5001/token", "http://registry.lan:5000"],
  ])("%s is fine for %s", (realm, registry) => {
    expect(checkRealm(realm, new URL(registry)).href).toBe(realm);
  });

  it.each([
    ["http://auth.docker.io/token", "https://registry-1.docker.io", "is not HTTPS"],
    ["http://quay.io/token", "https://quay.io", "is not HTTPS"],
    ["http://auth.example/token", "http://127.0.0.1:5000", "is not HTTPS"],
    ["http://other.lan/token", "http://registry.lan:5000", "is not HTTPS"],
    ["https://169.254.169.254/token", "https://evil.example", "inside the network"],
    ["https://10.1.2.3/token", "https://evil.example", "inside the network"],
    ["https://2130706433/token", "https://evil.example", "inside the network"],
    ["https://0x7f.1/token", "https://evil.example", "inside the network"],
    ["https://localhost/token", "https://evil.example", "inside the network"],
    ["https://[::1]/token", "https://evil.example", "inside the network"],
    ["https://[fd00::1]/token", "https://evil.example", "inside the network"],
    ["https://[::ffff:10.0.0.1]/token", "https://evil.example", "inside the network"],
    ["https://user:secret@auth.example/token", "https://evil.example", "a user or a password"],
    ["file:///etc/passwd", "https://evil.example", "is not HTTPS"],
    ["token", "https://evil.example", "not an address"],
  ])("%s is refused to %s", (realm, registry, text) => {
    expect(() => checkRealm(realm, new URL(registry))).toThrow(text);
    expect(() => checkRealm(realm, new URL(registry))).not.toThrow("secret");
  });
});

describe("registry-host", () => {
  it.each([
    "localhost",
    "localhost:5000",
    "LOCALHOST",
    "x.localhost",
    "127.0.0.1",
    "127.9.9.9:80",
    "[::1]:5000",
    "[::1]",
  ])("%s is this machine", (host) => expect(isLoopback(host)).toBe(true));
  it.each(["localhost.example", "10.0.0.1", "128.0.0.1", "[::2]", "notlocalhost", "1270.0.0.1"])("%s is not", (host) =>
    expect(isLoopback(host)).toBe(false),
  );
  it.each(["quay.io", "8.8.8.8", "172.32.0.1", "[2001:db8::1]"])("%s is on the internet", (host) =>
    expect(isInternalAddress(host)).toBe(false),
  );
});
