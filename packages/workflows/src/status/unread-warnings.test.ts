import { expect, test } from "vitest";
import type { ImageState } from "../reuse/published-states.ts";
import { unreadWarnings } from "./unread-warnings.ts";

/** An image that a registry says nothing of, in words that hold its name. */
function unread(registry: string, name: string, code: string): Pick<ImageState, "published"> {
  const ledger = `${registry}/o/${name}:main`;
  const problem = { code, severity: "error", message: `${ledger}: ${code}`, fix: `see to ${name}` } as const;
  const published = { state: "unreadable", ledger, standing: undefined, index: {}, why: problem.message } as const;
  return { published: { ...published, problem } };
}

test("whatever the words, a registry that says nothing is said once for each reason", () => {
  const states = [
    unread("ghcr.io", "a", "unauthorized"),
    unread("ghcr.io", "b", "unauthorized"),
    unread("quay.io", "a", "unauthorized"),
    unread("ghcr.io", "c", "network"),
    { published: undefined },
  ];
  expect(unreadWarnings(states).map(({ message, fix }) => [message, fix])).toEqual([
    ["what is published of 2 images of 5 cannot be read: ghcr.io/o/a:main: ghcr.io/o/a:main: unauthorized", "see to a"],
    ["what is published of 1 image of 5 cannot be read: quay.io/o/a:main: quay.io/o/a:main: unauthorized", "see to a"],
    ["what is published of 1 image of 5 cannot be read: ghcr.io/o/c:main: ghcr.io/o/c:main: network", "see to c"],
  ]);
});
