import { describe, expect, it } from "vitest";
import { formatFaults, readFaults } from "./response.ts";

describe("readFaults", () => {
  it.each([
    [
      "application/json",
      '{"errors":[{"code":"DENIED","message":"no"},{"code":"UNAUTHORIZED","message":"who"}]}',
      "DENIED: no; UNAUTHORIZED: who",
    ],
    [
      "application/json",
      '{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN","message":"unknown","detail":"sha256:1"}]}',
      'MANIFEST_BLOB_UNKNOWN: unknown ("sha256:1")',
    ],
    ["application/json", '{"error":"invalid_grant","error_description":"expired"}', "invalid_grant: expired"],
    ["application/json", '{"details":"incorrect username or password"}', "incorrect username or password"],
    ["application/json", '{"message":"Not Found"}', "Not Found"],
    ["application/json", '{"errors":[1,null,{}]}', ""],
    ["application/json", "{}", ""],
    [
      "text/html; charset=utf-8",
      "<html><head><title> 502 Bad\n Gateway </title></head>",
      'a page titled "502 Bad Gateway"',
    ],
    [undefined, "<!DOCTYPE html><p>oh</p>", "a page of HTML"],
    ["text/plain", "upstream\n\n timed out", "upstream timed out"],
    ["text/plain", "  ", ""],
    ["text/plain", "x".repeat(1000), `${"x".repeat(300)}…`],
  ])("%s %s", (type, text, expected) => {
    expect(formatFaults(readFaults(type, text))).toBe(expected);
  });
});
