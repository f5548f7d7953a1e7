import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const page = readFileSync(fileURLToPath(new URL("../../../../docs/moving-over.md", import.meta.url)), "utf8");

/** What a tool can be told, by its own `action.yml` or reusable workflows of that version. */
const TOOLS: readonly { readonly title: string; readonly version: string; readonly inputs: string }[] = [
  {
    title: "### dorny/paths-filter",
    version: "v4.0.2",
    inputs: `
      token working-directory ref base filters list-files initial-fetch-depth predicate-quantifier
    `,
  },
  {
    title: "### tj-actions/changed-files",
    version: "v47.0.6",
    inputs: `
      separator include_all_old_new_renamed_files old_new_separator old_new_files_separator files_from_source_file
      files_from_source_file_separator files files_separator files_yaml files_yaml_from_source_file
      files_yaml_from_source_file_separator files_ignore_yaml files_ignore_yaml_from_source_file
      files_ignore_yaml_from_source_file_separator files_ignore files_ignore_separator files_ignore_from_source_file
      files_ignore_from_source_file_separator sha base_sha since until path quotepath diff_relative dir_names
      dir_names_max_depth dir_names_exclude_current_dir dir_names_include_files dir_names_include_files_separator
      dir_names_deleted_files_include_only_deleted_dirs json escape_json safe_output fetch_depth skip_initial_fetch
      fetch_additional_submodule_history since_last_remote_commit write_output_files output_dir
      output_renamed_files_as_deleted_and_added recover_deleted_files recover_deleted_files_to_destination
      recover_files recover_files_separator recover_files_ignore recover_files_ignore_separator token api_url
      use_rest_api fail_on_initial_diff_error fail_on_submodule_diff_error negation_patterns_first matrix
      exclude_submodules exclude_symlinks skip_same_sha fetch_missing_history_max_retries use_posix_path_separator
      tags_pattern tags_ignore_pattern
    `,
  },
  {
    title: "## docker/github-builder",
    version: "v1.17.0",
    inputs: `
      runner distribute fail-fast job-name-prefix setup-qemu artifact-name artifact-upload artifact-retention-days
      annotations build-args cache cache-scope cache-mode context file labels output platforms push sbom shm-size
      sign target ulimit registry-identities set-meta-annotations set-meta-labels meta-images meta-tags meta-labels
      meta-annotations meta-flavor registry-auths github-token files set vars meta-bake-target
    `,
  },
];

/** From a heading to the next one of any level. */
const sectionOf = (title: string): string => page.split(`\n${title}\n`)[1]?.split(/\n#+ /)[0] ?? "";

/** Whether a name is said: as it is, with what follows it in the same code, or by its beginning or end and dots. */
function saysIn(text: string): (name: string) => boolean {
  const codes = [...text.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
  return (name) =>
    codes.some((code) => {
      const [beginning = "", end] = code.split("…");
      if (end !== undefined) return name.startsWith(beginning) && name.endsWith(end);
      return code === name || code.startsWith(`${name}:`);
    });
}

test.each(TOOLS)("$title: each option is in the table of that version", ({ title, version, inputs }) => {
  const section = sectionOf(title);
  expect(section).toContain(`[${version}](`);
  const isSaid = saysIn(section);
  expect(
    inputs
      .trim()
      .split(/\s+/)
      .filter((name) => !isSaid(name)),
  ).toEqual([]);
});

test("an option that is not there is missed", () => {
  const isSaid = saysIn("`files`, `dir_names_…`, `…_separator` and `cache-to: type=gha`");
  const names = ["files", "dir_names_x", "a_separator", "cache-to", "file", "dir_names", "cache"];
  expect(names.filter(isSaid)).toEqual(["files", "dir_names_x", "a_separator", "cache-to"]);
});
