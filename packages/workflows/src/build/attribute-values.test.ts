import type { Json } from "@fanfold-internal/kit/read/json";
import { describe, expect, it, test } from "vitest";
import type { AttributeName } from "../keys/build-keys.ts";
import { valueFaults } from "./attribute-values.ts";

describe("what bake would build without, and say nothing", () => {
  test.each<readonly [AttributeName, Json, string]>([
    [
      "secret",
      ["id=npm,evn=NPM_TOKEN"],
      'id=npm,evn=NPM_TOKEN: there is no "evn"; known are id, src, source, env, type',
    ],
    [
      "secret",
      [{ id: "npm", file: "token" }],
      '{"id":"npm","file":"token"}: there is no "file"; known are id, src, source, env, type',
    ],
    ["secret", ["src=token"], "src=token: expected id=…"],
    ["secret", ["npm"], 'npm: there is no "npm"; known are id, src, source, env, type'],
    ["secret", ["id=npm,type=variable"], 'id=npm,type=variable: type must be file or env, found "variable"'],
    [
      "attest",
      ["type=sbom,disbaled=true"],
      'type=sbom,disbaled=true: there is no "disbaled"; known are type, disabled, mode, generator, version, builder-id, filename, inline-only, reproducible',
    ],
    ["attest", ["type=sboom"], 'type=sboom: type must be provenance or sbom, found "sboom"'],
    ["attest", ["mode=max"], "mode=max: expected type=…"],
    ["attest", ["type=provenance,mode=big"], 'type=provenance,mode=big: mode must be min or max, found "big"'],
  ])("%s: %j", (name, value, fault) => {
    expect(valueFaults(name, value)).toEqual([fault]);
  });
});

describe("what bake would refuse, in a job for each leg", () => {
  test.each<readonly [AttributeName, Json, string]>([
    ["annotations", ["team"], '"team" is not key=value'],
    ["annotations", ["=x"], '"=x" is not key=value'],
    [
      "annotations",
      ["indx:a=b"],
      '"indx:a=b" begins with "indx", which is not index, manifest, index-descriptor, manifest-descriptor',
    ],
    ["network", "bridge", '"bridge" is not default, none or host'],
    ["shm-size", "many", '"many" is not a size such as 128m'],
    ["ulimits", ["nofiles=1"], '"nofiles=1" is not a limit such as nofile=1024:2048'],
    ["entitlements", ["network"], '"network" is not network.host, security.insecure or device'],
    ["extra-hosts", { db: "database" }, 'db: "database" is not an address (or host-gateway)'],
    ["labels", { "": "x" }, "a name is empty"],
    ["cache-to", [{ ref: "quay.io/example/cache" }], '{"ref":"quay.io/example/cache"}: expected type=…'],
  ])("%s: %j", (name, value, fault) => {
    expect(valueFaults(name, value)).toEqual([fault]);
  });
});

it("takes what bake takes", () => {
  const values: readonly (readonly [AttributeName, Json])[] = [
    [
      "secret",
      ["id=npm,env=NPM_TOKEN", "id=npm", "id=npm,src=token", "type=file,id=npm,source=token", '"id=npm","src=a,b"'],
    ],
    ["secret", [{ id: "npm", env: "NPM_TOKEN" }, ""]],
    ["ssh", ["default", "default=key", { id: "default", paths: ["key"] }]],
    ["attest", ["type=provenance,mode=min", "type=sbom,disabled=true", "type=sbom,generator=example/scanner,SCAN=1"]],
    ["annotations", ["a=b", "index:a=b", "index,manifest:a=b", "manifest[linux/amd64]:org.x=https://x.org/?a=b", "a="]],
    ["cache-from", ["quay.io/example/cache", "type=gha", { type: "gha", scope: "x" }]],
    ["network", "host"],
    ["shm-size", "128m"],
    ["shm-size", "1.5 GB"],
    ["shm-size", "67108864"],
    ["ulimits", ["nofile=1024", "nofile=1024:2048", "core=-1"]],
    ["entitlements", ["network.host", "security.insecure", "device", "device=nvidia.com/gpu"]],
    ["extra-hosts", { a: "10.0.0.1", b: "::1", c: "[::1]", d: "host-gateway", e: null }],
    ["labels", { a: "", "b=c": "d" }],
  ];
  expect(values.flatMap(([name, value]) => valueFaults(name, value))).toEqual([]);
});
