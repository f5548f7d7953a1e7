/** The kinds of workflow files of a family. */
export const WORKFLOW_KINDS = ["push", "pull-request", "build", "merge"] as const;

export type WorkflowKind = (typeof WORKFLOW_KINDS)[number];

const ENDINGS: Readonly<Record<WorkflowKind, string>> = {
  push: "",
  "pull-request": "_pr",
  build: "_build",
  merge: "_merge",
};

export const WORKFLOW_DIRECTORY = ".github/workflows";

/** A composite action of the repository, as a directory. */
export type ActionName = "free-disk-space" | "setup-build-disk";

/** `backend_pr`: a workflow's name, and its file's without the ending. */
export const workflowFileName = (family: string, kind: WorkflowKind): string => `${family}${ENDINGS[kind]}`;

/** From the repository's root. */
export const workflowPath = (family: string, kind: WorkflowKind): string =>
  `${WORKFLOW_DIRECTORY}/${workflowFileName(family, kind)}.yml`;

export const actionDirectory = (name: ActionName): string => `.github/actions/${name}`;

export const actionPath = (name: ActionName): string => `${actionDirectory(name)}/action.yml`;
