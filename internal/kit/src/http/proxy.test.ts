import { describe, expect, it, test } from "vitest";
import { BadProxyError, type Environment, proxyFor } from "./proxy.ts";

const host = (url: string, env: Environment): string | undefined => proxyFor(new URL(url), env)?.url.href;

describe("which variable", () => {
  const both = { HTTPS_PROXY: "http://s:1", HTTP_PROXY: "http://p:2" };
  test.each([
    ["https://a.test/", both, "http://s:1/"],
    ["http://a.test/", both, "http://p:2/"],
    ["https://a.test/", { HTTP_PROXY: "http://p:2" }, undefined],
    ["https://a.test/", { ...both, https_proxy: "http://small:3" }, "http://small:3/"],
    ["https://a.test/", { ...both, https_proxy: " " }, "http://s:1/"],
    ["https://a.test/", { HTTPS_PROXY: "" }, undefined],
    ["https://localhost/", both, undefined],
    ["http://127.0.0.1:5000/", both, undefined],
    ["http://[::1]:5000/", both, undefined],
  ])("%s with %j goes through %s", (url, env, through) => expect(host(url, env)).toBe(through));
});

describe("how it is written", () => {
  test.each([
    ["127.0.0.1:3128", "http://127.0.0.1:3128/"],
    ["proxy", "http://proxy/"],
    ["user:canary@proxy:3128", "http://proxy:3128/"],
    ["http://proxy:3128/", "http://proxy:3128/"],
    ["HTTPS://proxy", "https://proxy/"],
    ["http://[::1]:3128", "http://[::1]:3128/"],
    ["  http://proxy:1\n", "http://proxy:1/"],
  ])("%j", (value, through) => expect(host("https://a.test/", { HTTPS_PROXY: value })).toBe(through));

  const authorization = (value: string) => {
    const given = proxyFor(new URL("https://a.test/"), { HTTPS_PROXY: value })?.authorization;
    return given === undefined ? undefined : Buffer.from(given.replace("Basic ", ""), "base64").toString();
  };
  test.each([
    ["http://user:p%40ss%23@proxy", "user:p@ss#"],
    ["http://user@proxy", "user:"],
    ["http://user:100%@proxy", "user:100%"],
    ["user:pass@proxy:3128", "user:pass"],
    ["http://proxy", undefined],
  ])("%s logs in with %j", (value, login) => expect(authorization(value)).toBe(login));

  test.each([
    "http://user:canary#x@127.0.0.1:3128",
    "http://user:80#canary@127.0.0.1:3128",
    "http://user:80/canary@127.0.0.1:3128",
    "http://user:80?canary@127.0.0.1:3128",
    "user:canary#x@127.0.0.1:3128",
    "http://user:canary@proxy:99999",
    "http://user:canary@",
    "http://",
    "socks5://user:canary@proxy:1080",
    "canary proxy",
  ])("%s is refused by the variable's name, without its value", (value) => {
    const refused = () => proxyFor(new URL("https://a.test/"), { https_proxy: value });
    expect(refused).toThrow(BadProxyError);
    expect(refused).toThrow(/^https_proxy: expected /);
    expect(refused).not.toThrow(/canary|127\.0/);
  });

  it("is not read for a host that needs none", () => {
    expect(host("https://a.test/", { HTTPS_PROXY: "http://u:c#x@h:1", NO_PROXY: "a.test" })).toBeUndefined();
  });
});

describe("NO_PROXY", () => {
  test.each([
    ["https://a.test/", "a.test", "direct"],
    ["https://A.test/", "b.test, a.TEST", "direct"],
    ["https://x.a.test/", "a.test", "direct"],
    ["https://xa.test/", "a.test", "proxy"],
    ["https://x.a.test/", ".a.test", "direct"],
    ["https://a.test/", ".a.test", "proxy"],
    ["https://x.a.test/", "*.a.test", "direct"],
    ["https://a.test/", "*", "direct"],
    ["https://a.test/", "b.test c.test", "proxy"],
    ["https://a.test/", "a.test:443", "direct"],
    ["https://a.test/", "a.test:8443", "proxy"],
    ["https://a.test:8443/", "a.test:8443", "direct"],
    ["https://10.1.2.3/", "10.0.0.0/8", "direct"],
    ["https://11.1.2.3/", "10.0.0.0/8", "proxy"],
    ["https://10.1.2.3/", "10.1.2.3", "direct"],
    ["https://10.1.2.3/", "2.3", "proxy"],
    ["https://[fd00::1]/", "fd00::/8", "direct"],
    ["https://[fd00::1]/", "FD00:0::1", "direct"],
    ["https://[fd00::1]:8443/", "[fd00::1]:8443", "direct"],
    ["https://[fd00::1]/", "[fd00::1]:8443", "proxy"],
    ["https://10.1.2.3/", "10.0.0.0/99,fe80::/x,/", "proxy"],
    ["https://a.test/", "", "proxy"],
  ])("%s with %j: %s", (url, NO_PROXY, way) =>
    expect(host(url, { HTTPS_PROXY: "http://p:1", NO_PROXY })).toBe(way === "direct" ? undefined : "http://p:1/"),
  );

  it("is no_proxy where both are set", () => {
    expect(host("https://a.test/", { HTTPS_PROXY: "p:1", NO_PROXY: "a.test", no_proxy: "b.test" })).toBe("http://p:1/");
  });
});
