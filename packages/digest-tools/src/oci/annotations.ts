/** https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md */
export const REVISION_ANNOTATION = "org.opencontainers.image.revision";
export const VERSION_ANNOTATION = "org.opencontainers.image.version";

/** Annotations under this prefix say where an image itself comes from. */
export const OWN_PREFIX = "io.github.fanfold.";
/** The id of the run that an image comes from: a later run of the same server has a higher one. */
export const RUN_ANNOTATION: string = `${OWN_PREFIX}run-id`;
/** The server that counts the runs: `https://github.com`. */
export const SERVER_ANNOTATION: string = `${OWN_PREFIX}server`;
/** The content key of what the index was built from: `1-` and 64 hexadecimal digits. */
export const CONTENT_KEY_ANNOTATION: string = `${OWN_PREFIX}content-key`;
/** The semantic version by which images are ordered, where the published version is not one: `1.2.3` of `v1.2.3-cpu-x`. */
export const SEMVER_ANNOTATION: string = `${OWN_PREFIX}version`;
