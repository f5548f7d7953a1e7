import type { MatrixEntry } from "@fanfold-internal/matrix/matrix-file";
import { describe, expect, it } from "vitest";
import { type ConcretePattern, fillPattern, parsePattern } from "../glob/pattern.ts";
import { type InputRule, matchRules, RuleMatcher } from "./match-rules.ts";

function pattern(source: string, entry: MatrixEntry = {}): ConcretePattern {
  const parsed = parsePattern(source);
  if (parsed.kind === "problem") throw new Error(parsed.message);
  const filled = fillPattern(parsed, entry);
  if (filled === null) throw new Error(`${source} lacks a value`);
  return filled;
}

function rule(paths: readonly string[], except: readonly string[] = [], entry: MatrixEntry = {}): InputRule {
  const filled = (sources: readonly string[]) => sources.map((source) => pattern(source, entry));
  return { id: "rule", paths: filled(paths), except: filled(except) };
}

describe("matchRules", () => {
  it("names the first file that meets each rule, by entry, then by rule", () => {
    const rules = [rule(["backend/b/**"]), rule(["*.proto", "common/**"])];
    const { hits } = matchRules([rules, [rule(["backend/a/**"])], rules], [], ["common/z", "x.proto", "backend/b/1"]);
    expect(hits).toEqual([
      { entry: 0, rule: 0, file: "backend/b/1" },
      { entry: 0, rule: 1, file: "common/z" },
      { entry: 2, rule: 0, file: "backend/b/1" },
      { entry: 2, rule: 1, file: "common/z" },
    ]);
  });

  it("takes files away from the rule that excepts them and from no other", () => {
    const rules = [[rule(["pkg/**"], ["**/*_test.go"])], [rule(["pkg/**"])]];
    expect(matchRules(rules, [], ["pkg/a_test.go", "pkg/b.go"]).hits).toEqual([
      { entry: 0, rule: 0, file: "pkg/b.go" },
      { entry: 1, rule: 0, file: "pkg/a_test.go" },
    ]);
  });

  it("keeps a rule open until a file meets it, however many its except takes away", () => {
    const files = [...Array.from({ length: 20 }, (_, n) => `pkg/${n}_test.go`), "pkg/a.go", "pkg/b.go"];
    const { hits } = matchRules([[rule(["pkg/**", "**/*.go"], ["**/*_test.go"])]], [], files);
    expect(hits).toEqual([{ entry: 0, rule: 0, file: "pkg/a.go" }]);
  });

  it("never takes an ignored file as a cause", () => {
    const { hits, unmentioned } = matchRules([[rule(["a/**"])]], [pattern("**/*.md")], ["a/x.md", "README.md"]);
    expect(hits).toEqual([]);
    expect(unmentioned).toEqual([]);
  });

  it("calls a file unmentioned when neither paths, nor except, nor ignore of any entry matches it", () => {
    const rules = [[rule(["a/**"], ["lib/*.txt"])], []];
    const files = ["go.mod", "a/1", "lib/x.txt", "docs/y", "lib/x.go"];
    expect(matchRules(rules, [pattern("docs/**")], files).unmentioned).toEqual(["go.mod", "lib/x.go"]);
  });

  it("answers for no rules and no files", () => {
    expect(matchRules([], [], ["a"])).toEqual({ hits: [], unmentioned: ["a"] });
    expect(matchRules([[rule(["**"])]], [], [])).toEqual({ hits: [], unmentioned: [] });
  });

  it("takes the values of each entry", () => {
    const paths = ["backend/{backend}/**"];
    const rules = ["x", "y", "x"].map((backend) => [rule(paths, [], { backend })]);
    expect(matchRules(rules, [], ["backend/x/run.py"]).hits.map(({ entry }) => entry)).toEqual([0, 2]);
  });

  it("answers one change as if there had been none before", () => {
    const rules = [[rule(["a/**"]), rule(["**/*.go"], ["**/*_test.go"])], [rule(["**"], ["b/**"])]];
    const ignore = [pattern("**/*.md")];
    const matcher = new RuleMatcher(rules, ignore);
    for (const files of [
      ["a/x.go"],
      ["b/y.go", "b/y_test.go"],
      [],
      ["a/1", "a/2"],
      ["README.md"],
      ["b/x"],
      ["a/x.go"],
    ]) {
      expect(matcher.match(files)).toEqual(matchRules(rules, ignore, files));
    }
  });
});
