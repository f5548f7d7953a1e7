import fc from "fast-check";
import { expect, test } from "vitest";
import { firstDifference, type PrintedBake, readPrinted } from "./printed.ts";

function read(document: object): PrintedBake {
  const printed = readPrinted(JSON.stringify(document));
  if (printed === undefined) throw new Error("not read");
  return printed;
}

const text = fc.string({
  unit: fc.constantFrom("$", "%", "{", "}", "${", "%{", "$${", "a", "é", " ", '"', "\\", "\n"),
});
const texts = fc.dictionary(text, text);

/** As bake does where it prints (`MarshalJSON` of a target). */
const escaped = (value: string): string => value.replaceAll("${", () => "$${").replaceAll("%{", () => "%%{");

test("whatever stands in a target is read as it is: what bake escapes, and what it does not", () => {
  const each = (values: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, escaped(value)]));
  fc.assert(
    fc.property(
      fc.record({ args: texts, labels: texts, "extra-hosts": texts, contexts: texts, context: text, target: text }),
      fc.record({ annotations: fc.array(text), "dockerfile-inline": text, tags: fc.array(text) }),
      (plain, others) => {
        const target = { ...plain, ...others };
        const printed = {
          ...target,
          args: each(plain.args),
          labels: each(plain.labels),
          "extra-hosts": each(plain["extra-hosts"]),
          annotations: others.annotations.map(escaped),
          "dockerfile-inline": escaped(others["dockerfile-inline"]),
        };
        expect(read({ target: { x: printed } }).targets.get("x")).toEqual(JSON.parse(JSON.stringify(target)));
      },
    ),
  );
});

test("asked for is what groups in groups name, each once, whatever they are called", () => {
  const names: fc.Arbitrary<string> = fc.constantFrom("default", "a", "b", "c", "d");
  fc.assert(
    fc.property(fc.dictionary(names, fc.uniqueArray(names)), fc.uniqueArray(names), (groups, targets) => {
      const group = Object.fromEntries(Object.entries(groups).map(([name, members]) => [name, { targets: members }]));
      const { asked } = read({ group, target: Object.fromEntries(targets.map((name) => [name, {}])) });
      expect(new Set(asked).size).toBe(asked.length);
      // Every name that can be reached and is a target without being a group is asked for.
      const reached = new Set(["default"]);
      for (const name of reached) for (const member of groups[name] ?? []) reached.add(member);
      for (const name of targets) if (groups[name] === undefined && reached.has(name)) expect(asked).toContain(name);
      for (const name of asked) expect(targets.includes(name) && reached.has(name)).toBe(true);
    }),
  );
});

test("two printed files are the same, or a value is named in which they differ", () => {
  const value = fc.oneof(text, fc.array(text), texts);
  const targets = fc.dictionary(fc.constantFrom("a", "b"), fc.dictionary(fc.constantFrom("args", "tags"), value));
  fc.assert(
    fc.property(targets, targets, (one, other) => {
      const found = firstDifference(read({ target: one }), read({ target: other }));
      expect(found === undefined).toBe(JSON.stringify(sorted(one)) === JSON.stringify(sorted(other)));
      if (found !== undefined) expect(found.one).not.toEqual(found.other);
    }),
  );
});

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, item]) => [key, sorted(item)] as const)
      .toSorted(([left], [right]) => (left < right ? -1 : 1)),
  );
}
