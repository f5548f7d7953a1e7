/** The list whose entries the generated build workflow builds; others are built by hand-written workflows. */
export const BUILT_LIST = "include";
