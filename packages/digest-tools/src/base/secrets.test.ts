import { expect, it } from "vitest";
import { withoutUser } from "./secrets.ts";

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
