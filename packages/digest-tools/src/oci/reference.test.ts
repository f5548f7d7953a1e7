import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DigestToolsError } from "../base/error.ts";
import { refusal } from "../testing/refusal.ts";
import { formatReference, isTag, parseReference, parseRepository, withoutUser } from "./reference.ts";

const digest = `sha256:${"a".repeat(64)}` as const;

describe("parseReference", () => {
  it.each([
    ["busybox", { registry: "docker.io", path: "library/busybox" }],
    ["docker.io/busybox", { registry: "docker.io", path: "library/busybox" }],
    ["index.docker.io/library/busybox:1", { registry: "docker.io", path: "library/busybox", tag: "1" }],
    ["user/image", { registry: "docker.io", path: "user/image" }],
    ["quay.io/a/b__c/d--e.f:V1.0_x", { registry: "quay.io", path: "a/b__c/d--e.f", tag: "V1.0_x" }],
    ["localhost/x", { registry: "localhost", path: "x" }],
    ["localhost:5000/x/y:z", { registry: "localhost:5000", path: "x/y", tag: "z" }],
    ["Registry/x", { registry: "Registry", path: "x" }],
    ["127.0.0.1:5000/x", { registry: "127.0.0.1:5000", path: "x" }],
    ["[::1]:5000/x", { registry: "[::1]:5000", path: "x" }],
    ["[2001:db8::1]/x:t", { registry: "[2001:db8::1]", path: "x", tag: "t" }],
    [`quay.io/x@${digest}`, { registry: "quay.io", path: "x", digest }],
    [`quay.io/x:t@${digest}`, { registry: "quay.io", path: "x", tag: "t", digest }],
    // Without a slash nothing can be a registry: this is Docker's reading too.
    ["localhost:5000", { registry: "docker.io", path: "library/localhost", tag: "5000" }],
  ])("%s", (text, expected) => {
    expect(parseReference(text)).toEqual(expected);
  });

  it.each([
    ["", 1, "a repository's name"],
    ["quay.io/Example/x", 9, "lower case"],
    ["quay.io/example/", 17, "lower-case letter or digit"],
    ["quay.io//x", 9, "lower-case letter or digit"],
    ["quay.io/a b", 10, "lower-case letters, digits"],
    ["quay.io/a..b", 11, 'after "."'],
    ["quay.io/a___b", 11, 'after "_"'],
    ["quay.io/a-", 11, 'after "-"'],
    ["quay.io/.a", 9, "lower-case letter or digit"],
    ["quay.io/../x", 9, "lower-case letter or digit"],
    ["quay.io:80x/a", 11, "a port number"],
    ["quay.io:/a", 9, "a port number"],
    ["quay.io:70000/a", 9, "a port from 1"],
    ["-quay.io/a", 1, "host name"],
    ["quay-.io/a", 6, 'after "-"'],
    ["quay_x.io/a", 5, "host name"],
    ["[::1/a", 5, '"]"'],
    ["[::g]/a", 2, "an IPv6 address"],
    ["[::1]x/a", 6, "a port"],
    ["quay.io/a:", 11, "a tag"],
    ["quay.io/a:b/c:", 10, "lower-case letters, digits"],
    ["quay.io/a:-x", 11, "starts with"],
    ["quay.io/a:x+y", 12, "a tag"],
    [`quay.io/a:${"x".repeat(129)}`, 139, "128"],
    ["quay.io/a@sha512:00", 11, "sha256"],
    [`quay.io/a@sha256:${"a".repeat(63)}`, 81, "64"],
    [`quay.io/a@sha256:${"a".repeat(65)}`, 82, "64"],
    [`quay.io/a@sha256:${"A".repeat(64)}`, 18, "64"],
    ["https://quay.io/a", 6, "drop https://"],
    [`quay.io/${"a".repeat(256)}`, 264, "255"],
    ["a".repeat(64), 1, "64 hexadecimal"],
  ])("%s is refused at character %i", async (text, character, expected) => {
    const error = await refusal(() => parseReference(text));
    expect(error.code).toBe("invalid-reference");
    expect(error.message).toContain(`at character ${character}`);
    expect(error.message).toContain(expected);
  });

  it("puts nothing unprintable into its message", async () => {
    expect((await refusal(() => parseReference("quay.io/\u001b[31m\n"))).message).not.toMatch(/[\u0000-\u001f]/);
  });

  it("reads back what it writes, whatever it accepted", () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,5}([._-]|__)?[a-z0-9]{1,5}$/);
    const registry = fc.constantFrom("quay.io", "localhost:5000", "docker.io", "[::1]:80", "Host");
    const tag = fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,20}$/);
    fc.assert(
      fc.property(registry, fc.array(part, { minLength: 2, maxLength: 4 }), fc.option(tag), (host, parts, name) => {
        const text = `${host}/${parts.join("/")}${name === null ? "" : `:${name}`}`;
        const read = parseReference(text);
        expect(formatReference(read)).toBe(text);
        expect(parseReference(formatReference(read))).toEqual(read);
      }),
    );
  });

  it("either reads or refuses, and never fails otherwise", () => {
    const alphabet = fc.constantFrom(..."aZ09._-/:@[]% \u00e9", "sha256:", "localhost", "docker.io");
    fc.assert(
      fc.property(fc.array(alphabet, { maxLength: 12 }), (parts) => {
        const text = parts.join("");
        try {
          const read = parseReference(text);
          expect(parseReference(formatReference(read))).toEqual(read);
          // What was read can be asked for.
          expect(URL.canParse(`https://${read.registry}/v2/${read.path}/`)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(DigestToolsError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

it.each([
  ["[fe80::1%eth0]:5000/x", 'an IPv6 address without a zone, which no URL can hold, found "%" at character 9'],
  ["1.2.3.4.5/x", 'a host name or an IP address, found "1" at character 1'],
  ["256.1.1.1:5000/x", 'a host name or an IP address, found "2" at character 1'],
  ["127.1:5000/x", 'an IP address in its usual form, found "1" at character 1; write 127.0.0.1'],
])("%s is refused, because no request can go there", async (text, expected) => {
  const error = await refusal(() => parseReference(text));
  expect([error.code, error.message]).toEqual([
    "invalid-reference",
    `image name ${JSON.stringify(text)}: expected ${expected}`,
  ]);
});

describe("parseRepository", () => {
  it("refuses a tag and a digest, at their place", async () => {
    expect(parseRepository("quay.io/a/b")).toEqual({ registry: "quay.io", path: "a/b" });
    expect((await refusal(() => parseRepository("quay.io/a:t"))).message).toContain(
      'found ":" at character 10; write quay.io/a',
    );
    expect((await refusal(() => parseRepository(`quay.io/a@${digest}`))).message).toContain(
      'found "@" at character 10',
    );
  });
});

describe("isTag", () => {
  it.each(["latest", "_", "v1.2.3-x", "x".repeat(128)])("%s", (tag) => expect(isTag(tag)).toBe(true));
  it.each(["", ".x", "-x", "a b", "a:b", "a/b", "x".repeat(129), "x\n"])("not %j", (tag) =>
    expect(isTag(tag)).toBe(false),
  );
});

describe("withoutUser", () => {
  it.each([
    ["https://user:hunter2sec@quay.io/x", "https://***@quay.io/x"],
    ["user:hunter2sec@127.0.0.1:5000/x", "***@127.0.0.1:5000/x"],
    ["u:hunter2sec@quay.io", "***@quay.io"],
    ["u:hunter@2sec@quay.io/x:v1", "***@quay.io/x:v1"],
    ["u:hunter/2sec@quay.io/x", "***@quay.io/x"],
    [":hunter2sec@quay.io/x", "***@quay.io/x"],
    [`u:hunter2sec@quay.io/x@sha256:${"0".repeat(64)}`, `***@quay.io/x@sha256:${"0".repeat(64)}`],
  ])("%s is shown as %s", (text, shown) => {
    expect(withoutUser(text)).toBe(shown);
  });

  it.each([
    "quay.io/x:v1",
    `localhost:5000/x@sha256:${"0".repeat(64)}`,
    `busybox:1.36@sha256:${"0".repeat(64)}`,
    "busybox:1.36@sha512:00",
    "oci:/home/me@work/layout",
    "linux/amd64",
  ])("%s holds nobody", (text) => {
    expect(withoutUser(text)).toBe(text);
  });
});
