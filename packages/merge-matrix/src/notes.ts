import type { Notes } from "@fanfold-internal/kit/help/notes";

/** What help and reference say of the command. */
export const NOTES: Notes = {
  "merge-matrix": {
    about:
      "A matrix file lists build jobs, one for each image and architecture. This groups those that make one image (same " +
      "tag-suffix), finds what would make a merge unsafe, and prints one item for each image that has to be put together.",
    examples: [
      { does: "the images of a matrix file that have several legs", line: "merge-matrix .github/backend-matrix.yml" },
      { does: "of a matrix that a program makes", line: "merge-matrix --json - < .github/backend-matrix.yml" },
      {
        does: "versions side by side: entries of one image agree in version, too",
        line: "merge-matrix --by tag-suffix,version .github/backend-matrix.yml",
        needs: "entries with a version",
      },
      {
        does: "as a check: images of one leg, too, and no differing values",
        line: "merge-matrix --min-legs 1 --strict .github/backend-matrix.yml",
      },
    ],
    gives:
      '`{"include": […]}`, an item for each image: `tag-suffix` and the other keys of `--by`, `tag-latest`, `platforms`, `legs`, ' +
      "`artifacts`. With `GITHUB_OUTPUT` in the environment also the outputs `merge-matrix` and `has-merges`.",
    fails: "a file that cannot be read, or an image that cannot be merged safely: each is named with its place",
    environment: { GITHUB_OUTPUT: "the file that outputs are added to" },
  },
};
