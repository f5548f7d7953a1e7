import fc from "fast-check";

/** What all properties draw their cases from, so that a commit that passes once passes always. */
const SEED = 20_261_127;

// biome-ignore lint/suspicious/noUndeclaredEnvVars: tests are no task of Turborepo, which caches none of them.
const asked = process.env["FANFOLD_SEED"] ?? "";
if (!/^(-?[0-9]+)?$/.test(asked)) throw new Error(`FANFOLD_SEED is "${asked}", and a seed is a whole number.`);

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: asked === "" ? SEED : Number(asked) });
