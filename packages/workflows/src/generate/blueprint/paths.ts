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

export const ACTION_DIRECTORY = ".github/actions";

/** A composite action over disk-setup. */
export type DiskActionName = "free-disk-space" | "setup-build-disk";

/** `backend_pr`: a workflow's name, and its file's without the ending. */
export const workflowFileName = (family: string, kind: WorkflowKind): string => `${family}${ENDINGS[kind]}`;

/** From the repository's root. */
export const workflowPath = (family: string, kind: WorkflowKind): string =>
  `${WORKFLOW_DIRECTORY}/${workflowFileName(family, kind)}.yml`;

/** From the repository's root, as a step uses it. */
export const actionDirectory = (name: string): string => `${ACTION_DIRECTORY}/${name}`;

export const actionPath = (name: string): string => `${actionDirectory(name)}/action.yml`;
