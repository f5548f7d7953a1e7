/**
 * Internal: for Fanfold's own packages, benches and tests. It changes without notice; users import `@fanfold/disk-setup`.
 *
 * @module
 */
export { CATALOGUE, type CatalogueRow } from "./probe/catalogue.ts";
