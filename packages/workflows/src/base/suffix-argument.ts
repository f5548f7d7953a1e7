/**
 * The arguments of `fanfold explain -cpu-x` with the suffix where a parser of options takes it for an argument: behind
 * `--`. A suffix begins with a dash, and `-hipblas-x` is not `-h`. `valueFlags` are those that take a value, which may
 * begin with a dash, too.
 */
export function suffixAsArgument(args: readonly string[], valueFlags: readonly string[]): readonly string[] {
  if (args[0] !== "explain" || args.includes("--")) return args;
  const at = args.findIndex((arg, index) => /^-[^-]./s.test(arg) && !valueFlags.includes(args[index - 1] ?? ""));
  const suffix = args[at];
  return suffix === undefined ? args : [...args.slice(0, at), ...args.slice(at + 1), "--", suffix];
}
