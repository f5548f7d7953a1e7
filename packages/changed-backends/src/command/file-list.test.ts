import { recordingHost } from "@fanfold-internal/kit/process/recording-host";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseFileList, readFileList } from "./file-list.ts";

test.each<[string, string, readonly string[]]>([
  ["lines", "a\nb c/d\n", ["a", "b c/d"]],
  ["lines of Windows, and empty ones", "a\r\n\r\nb\r\n", ["a", "b"]],
  ["what find prints", "./a\n././b\n", ["a", "b"]],
  ["what git quotes", '"caf\\303\\251/\\"x\\"\\\\\\t\\n"\nplain\n', ['café/"x"\\\t\n', "plain"]],
  ["a byte that is not UTF-8, quoted", '"x/\\377"\n', ["x/\uFFFD"]],
  ["a quote that is the file's own", '"a\nb"\n', ['"a', 'b"']],
  ["NUL-terminated, as it is", 'a\nb\0"c"\0 \0', ["a\nb", '"c"', " "]],
  ["nothing", "", []],
])("%s", (_, text, paths) => {
  expect(parseFileList(text)).toEqual(paths);
});

const FILES = new Set(["a", "b c/d", "src/x.py", "src/y.go", "odd,name", "docs/my notes.txt"]);
const read = (stdin: string) => readFileList("-", recordingHost({ stdin }), (path) => FILES.has(path));

test.each([
  ["src/x.py src/y.go", "a list"],
  ["src/x.py,src/y.go", "a list"],
  ["src/x.py;src/gone.go", "a list"],
  ["gone src/x.py", "a list"],
  ["'src/x.py' 'src/y.go'", "a list"],
  ["- src/x.py", "a list"],
  ["src/x.py,", "more than the path"],
  [" src/x.py", "more than the path"],
  ["M  src/x.py", "a list"],
  [" src/x.py | 3 +-", "a list"],
  ["M\tsrc/gone.go", "a tab"],
  ["1\t2\tgone", "a tab"],
  ['["src/gone.go"]', "JSON"],
  ['[\n  "src/gone.go"\n]', "JSON"],
  ['{ "files": [] }', "JSON"],
  ["src\\gone.go", "backslashes"],
])("%j is refused: %s", (text, format) => {
  expect(() => read(`${text}\n`)).toThrow(`found ${format} in `);
});

test.each([
  ["with spaces and commas", "b c/d\nodd,name\ndocs/my notes.txt\n"],
  ["that are gone, with spaces", "gone dir/gone file.txt\n"],
  ["that git quotes", '"src/\\ttab"\n'],
  ["NUL-terminated, whatever they hold", "src/x.py src/y.go\0M\tx\0"],
])("paths %s are paths", (_, text) => {
  expect(read(text).length).toBeGreaterThan(0);
});

test("files of the repository, joined by anything but line breaks, are never taken for one path", () => {
  const files = fc.array(fc.constantFrom(...FILES), { minLength: 2, maxLength: 4 });
  fc.assert(
    fc.property(files, fc.constantFrom(" ", ",", ", ", ";", "\t", " | "), (names, separator) => {
      expect(() => read(`${names.join(separator)}\n`)).toThrow("expected one path");
    }),
  );
});
