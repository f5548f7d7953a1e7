import { describe, expect, it } from "vitest";
import { record } from "../testing/record.ts";
import { compareRuns, formatRecord, manifestText, parseRecord } from "./record.ts";

const hex = "a".repeat(64);

describe("a record", () => {
  it("reads as it was written", () => {
    expect(parseRecord(formatRecord(record()), "f")).toEqual(record());
    const sparse = record({
      platformTag: undefined,
      source: { revision: undefined, version: undefined },
      run: undefined,
    });
    expect(parseRecord(formatRecord(sparse), "f")).toEqual(sparse);
    const whole = record({ manifest: '{ "schemaVersion": 2 }\n' });
    expect(parseRecord(formatRecord(whole), "f")).toEqual(whole);
  });

  it("holds a manifest that is text, of a length that manifests have", () => {
    expect(manifestText(Buffer.from("{é}"))).toBe("{é}");
    expect(manifestText(Buffer.from([0x7b, 0xff, 0x7d]))).toBeUndefined();
    const longest = "x".repeat(256 * 1024);
    expect(parseRecord(formatRecord(record({ manifest: manifestText(Buffer.from(longest)) })), "f").manifest).toBe(
      longest,
    );
    expect(manifestText(Buffer.from(`${longest}x`))).toBeUndefined();
  });

  it("has the keys of the contract", () => {
    expect(JSON.parse(formatRecord(record()))).toMatchObject({
      schema: "fanfold.record/1",
      "tag-suffix": "-cpu-x",
      "platform-tag": "amd64",
      platform: "linux/amd64",
      images: [
        { repository: "quay.io/example/backends", descriptor: { size: expect.any(Number) } },
        { repository: "oci:out" },
      ],
      source: { revision: "6113728f27ae82c7b1a177c8d03f9e96e0adf246", version: "main" },
      run: { id: "17000000001", attempt: 1 },
    });
  });

  const valid = (): Record<string, unknown> => JSON.parse(formatRecord(record()));
  it.each<readonly [string, () => unknown, RegExp]>([
    ["no JSON", () => "{", /f: is not JSON that can be read: /],
    ["a list", () => [], /the document: expected an object, found \[\]/],
    [
      "another schema",
      () => ({ ...valid(), schema: "fanfold.record/2" }),
      /schema: expected "fanfold.record\/1", found "fanfold.record\/2"/,
    ],
    [
      "one repository twice",
      () => ({ ...valid(), images: record().images.map((image) => ({ ...image, repository: "quay.io/a/b" })) }),
      /images: expected each repository once, and quay\.io\/a\/b is there twice/,
    ],
    ["no images", () => ({ ...valid(), images: [] }), /images: expected at least one image/],
    [
      "a digest of another kind",
      () => ({ ...valid(), images: [{ repository: "a/b", descriptor: { mediaType: "m", digest: "md5:1", size: 1 } }] }),
      /images\[0\]\.descriptor\.digest: expected "sha256:" and 64 hexadecimal digits, found "md5:1"/,
    ],
    [
      "a size below zero",
      () => ({
        ...valid(),
        images: [{ repository: "a/b", descriptor: { mediaType: "m", digest: `sha256:${hex}`, size: -1 } }],
      }),
      /images\[0\]\.descriptor\.size: expected a whole number, found -1/,
    ],
    [
      "a repository with a tag",
      () => ({
        ...valid(),
        images: [{ repository: "a/b:c", descriptor: { mediaType: "m", digest: `sha256:${hex}`, size: 1 } }],
      }),
      /^f: images\[0\]\.repository: .*expected a repository, without tag/,
    ],
    [
      "a platform that is unknown",
      () => ({ ...valid(), platform: "linux/amd46" }),
      /^f: platform: .*did you mean "amd64"/,
    ],
    [
      "a run that is no number",
      () => ({ ...valid(), run: { id: "x", attempt: 1 } }),
      /run\.id: expected a run's id, a number of at most 64 bits as text, found "x"/,
    ],
    ["a suffix that is no text", () => ({ ...valid(), "tag-suffix": 7 }), /tag-suffix: expected a text, found 7/],
  ])("says what is wrong with %s", (_what, content, message) => {
    const value = content();
    expect(() => parseRecord(typeof value === "string" ? value : JSON.stringify(value), "f")).toThrow(message);
  });

  it("has bounds on every field", () => {
    const long = "x".repeat(5000);
    const image = record().images[0];
    const changes: readonly ((json: Record<string, unknown>) => unknown)[] = [
      (json) => ({ ...json, "tag-suffix": `-${"x".repeat(128)}` }),
      (json) => ({ ...json, "platform-tag": "x".repeat(129) }),
      (json) => ({ ...json, platform: Array.from({ length: 1000 }, () => "linux/amd64").join(",") }),
      (json) => ({ ...json, source: { revision: long, version: null } }),
      (json) => ({ ...json, source: { revision: null, version: long } }),
      (json) => ({ ...json, images: Array.from({ length: 1001 }, () => image) }),
      (json) => ({ ...json, images: [{ ...image, repository: `oci:${long}` }] }),
      (json) => ({ ...json, images: [{ ...image, descriptor: { ...image?.descriptor, mediaType: long } }] }),
      (json) => ({ ...json, images: [{ ...image, descriptor: { ...image?.descriptor, size: 2 ** 53 } }] }),
      (json) => ({ ...json, images: [{ ...image, children: Array.from({ length: 1001 }, () => image?.descriptor) }] }),
      ...["9".repeat(20), "9".repeat(3_000_000), "9223372036854775808", "0", "01", "-1", "1.5"].map(
        (id) => (json: Record<string, unknown>) => ({ ...json, run: { id, attempt: 1 } }),
      ),
      (json) => ({ ...json, run: { id: "7", attempt: 100_000 } }),
      (json) => ({ ...json, run: { id: "7", attempt: 1, server: long } }),
    ];
    for (const change of changes) {
      expect(() => parseRecord(JSON.stringify(change(valid())), "f")).toThrow(
        expect.objectContaining({ code: "invalid-record", message: expect.stringMatching(/^f: .{0,400}$/) }),
      );
    }
    expect(parseRecord(formatRecord(record({ run: { id: "9223372036854775807", attempt: 1 } })), "f").run?.id).toBe(
      "9223372036854775807",
    );
  });

  it("comes from a later run, or a later attempt", () => {
    expect(compareRuns({ id: "9", attempt: 9 }, { id: "10", attempt: 1 })).toBeLessThan(0);
    expect(compareRuns({ id: "10", attempt: 2 }, { id: "10", attempt: 1 })).toBeGreaterThan(0);
    expect(compareRuns(undefined, { id: "1", attempt: 1 })).toBeLessThan(0);
    expect(compareRuns(undefined, undefined)).toBe(0);
  });
});
