// For Fanfold's other packages; it may change at any time.
export { GROUP_CODES } from "./group-finding.ts";
export { legsApart, platformTags } from "./key-checks.ts";
export { mergeItems } from "./merge-matrix.ts";
