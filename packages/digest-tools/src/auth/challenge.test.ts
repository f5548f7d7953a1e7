import { describe, expect, it } from "vitest";
import { readChallenge } from "./challenge.ts";

const realm = "https://auth.example/token";
const bearer = { scheme: "bearer", realm, service: undefined, scopes: [], error: undefined };

describe("readChallenge", () => {
  it.each<[string | string[] | undefined, unknown]>([
    [`Bearer realm="${realm}"`, bearer],
    [`bearer  realm = "${realm}" , service="registry.example"`, { ...bearer, service: "registry.example" }],
    [
      `Bearer realm="${realm}",service="s",scope="repository:a/b:pull,push repository:c:pull",error="insufficient_scope"`,
      {
        ...bearer,
        service: "s",
        scopes: ["repository:a/b:pull,push", "repository:c:pull"],
        error: "insufficient_scope",
      },
    ],
    [`Bearer realm="${realm}",service="a \\"quoted\\", one"`, { ...bearer, service: 'a "quoted", one' }],
    [`Bearer service=x,realm="${realm}"`, { ...bearer, service: "x" }],
    ['Basic realm="Registry"', { scheme: "basic" }],
    ["Basic", { scheme: "basic" }],
    [`Basic realm="r", Bearer realm="${realm}"`, bearer],
    [["Basic", `Bearer realm="${realm}"`], bearer],
    [`Negotiate, Bearer realm="${realm}"`, bearer],
    ["Negotiate", undefined],
    ["Bearer service=x", undefined],
    ["", undefined],
    [undefined, undefined],
    ['"', undefined],
    ["Bearer realm=", undefined],
  ])("%j", (header, expected) => {
    expect(readChallenge(header)).toEqual(expected);
  });

  it("reads what is hostile in good time", () => {
    const started = performance.now();
    readChallenge(`Bearer ${"a=b ".repeat(20_000)}`);
    readChallenge(`Bearer realm="${"\\".repeat(100_000)}`);
    readChallenge(" ".repeat(100_000));
    readChallenge("a ".repeat(50_000));
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
