// For Fanfold's other packages; it may change at any time.
export { GROUP_CODES } from "./group-finding.ts";
export { mergeItems } from "./merge-matrix.ts";
