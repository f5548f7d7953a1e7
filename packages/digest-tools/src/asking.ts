// What a plan loads when it asks registries, and cosign, what is published: nothing that pushes, merges or runs docker.
export { signaturesOf } from "./sign/signatures.ts";
export { type HurriedOptions, HurriedStores } from "./stores/hurried-stores.ts";
