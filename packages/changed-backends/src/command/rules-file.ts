import { checkShape } from "@fanfold-internal/kit/read/json-shape";
import { parseYaml } from "@fanfold-internal/kit/read/yaml-source";
import { templateKeysOf } from "@fanfold-internal/matrix/entry-values";
import type { MatrixFile } from "@fanfold-internal/matrix/matrix-file";
import { ChangedBackendsError } from "../base/error.ts";
import { checkOwnPaths, compileInputs, DEFAULT_INPUTS } from "../rules/input-rule.ts";
import { validateInputs } from "../rules/inputs-validator.ts";
import type { SelectionInput } from "./compare-inputs.ts";
import type { ComparisonRequest } from "./comparison-request.ts";
import { readInput } from "./matrix-input.ts";

/**
 * Reads and compiles the rules of `--inputs`: a file with `inputs`, `ignore` and `unmatched`, as in a Fanfold config.
 * @throws ChangedBackendsError `unreadable-input`, `bad-rule`
 */
export async function readRules(
  request: ComparisonRequest,
  path: string | undefined,
  matrix: MatrixFile,
): Promise<Pick<SelectionInput, "inputs" | "known">> {
  const known = {
    keys: templateKeysOf(matrix.lists.flatMap(({ entries }) => entries)),
    lists: matrix.lists.map(({ name }) => name),
  };
  const own = matrix.lists.flatMap(({ name, entries }) => checkOwnPaths(name, entries));
  if (own.length > 0) {
    throw badRules(
      own.map(({ path: [list = "", entry, , item], ...problem }) => ({
        ...problem,
        at: matrix.place(String(list), Number(entry), "paths", Number(item)),
      })),
    );
  }
  if (path === undefined)
    return {
      inputs: compileInputs(DEFAULT_INPUTS, { ...known, keys: new Set([...known.keys, "dockerfile", "context"]) })
        .inputs,
    };

  const source = parseYaml(await readInput(request, path, "the file of rules"), path);
  if (source.kind === "invalid") throw unreadable(source.problems);
  const shape = checkShape(validateInputs, source.value);
  if (shape.kind === "invalid") throw unreadable(shape.problems);
  const { inputs, problems } = compileInputs(shape.value, known);
  if (problems.length > 0)
    throw badRules(problems.map((problem) => ({ ...problem, at: source.value.place(problem.path) })));
  // Rules select nothing by having changed: they say what a change means.
  return { inputs, known: [path] };
}

function unreadable(problems: ConstructorParameters<typeof ChangedBackendsError>[0]["problems"]): ChangedBackendsError {
  return new ChangedBackendsError({
    code: "unreadable-input",
    message: "the file of rules is not usable",
    problems: problems ?? [],
  });
}

function badRules(problems: ConstructorParameters<typeof ChangedBackendsError>[0]["problems"]): ChangedBackendsError {
  return new ChangedBackendsError({ code: "bad-rule", message: "rules are refused", problems: problems ?? [] });
}
