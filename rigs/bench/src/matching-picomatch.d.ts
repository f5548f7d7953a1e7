// picomatch brings no types; this is the part that the bench uses (https://github.com/micromatch/picomatch#api).
declare module "picomatch" {
  function picomatch(globs: readonly string[], options: { readonly dot: boolean }): (path: string) => boolean;
  export = picomatch;
}
