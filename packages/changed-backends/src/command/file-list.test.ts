import { expect, test } from "vitest";
import { parseFileList } from "./file-list.ts";

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
