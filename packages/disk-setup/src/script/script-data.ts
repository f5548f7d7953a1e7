import { printable } from "@fanfold-internal/kit/text/printable";
import type { DeleteAction, RelocateAction, TmpdirAction } from "../plan/plan-data.ts";
import { bashArray, bashVariable } from "./bash-word.ts";

// What the parts of the script work on, as variables of bash. Names ending in `text` are for people, and safe to print.

/** What `relocate` rests on; `dataRoot`: Docker's, once it is done. */
export function relocationData(action: RelocateAction, dataRoot: string): string[] {
  const { stores } = action;
  const origins = stores.map(({ from }) => from);
  return [
    bashVariable("target", action.target),
    bashVariable("target_text", printable(action.target)),
    bashVariable("target_directory", action.directory),
    bashVariable("copy_with", action.copyWith),
    bashArray("units", action.units),
    bashArray("stores_from", origins),
    bashArray("stores_from_texts", origins.map(printable)),
    bashArray(
      "stores_to",
      stores.map(({ to }) => to),
    ),
    bashArray(
      "stores_to_texts",
      stores.map(({ to }) => printable(to)),
    ),
    bashVariable("docker_root_planned", dataRoot),
    bashVariable("relocate_text", `moved ${origins.map(printable).join(" and ")} to ${printable(action.directory)}`),
  ];
}

export function tmpdirData({ to, target }: TmpdirAction): string[] {
  return [
    bashVariable("tmpdir_planned", to),
    bashVariable("tmpdir_text", printable(to)),
    bashVariable("tmpdir_device", target),
  ];
}

export function deletionData(deletions: readonly DeleteAction[]): string[] {
  const trees = deletions.flatMap(({ row, trees: paths }) => paths.map((path) => ({ row, path })));
  return [
    bashArray(
      "trees",
      trees.map(({ path }) => path),
    ),
    bashArray(
      "tree_words",
      trees.map(({ row }) => printable(row)),
    ),
    bashArray(
      "tree_texts",
      trees.map(({ path }) => printable(path)),
    ),
  ];
}
