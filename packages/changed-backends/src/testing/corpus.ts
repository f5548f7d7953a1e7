import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { ReadsQuestion } from "@fanfold-rigs/testbed";

/** A Dockerfile of `testdata/dockerfiles/corpus.txt`, with its files and options. */
export interface CorpusCase {
  readonly name: string;
  readonly question: ReadsQuestion & { readonly files: NonNullable<ReadsQuestion["files"]> };
}

export const CORPUS_FOLDER: string = fileURLToPath(new URL("../../testdata/dockerfiles", import.meta.url));

/** What BuildKit makes of a case, one line each in `answers.txt`. */
export interface CorpusAnswer {
  readonly reads: "refused" | "nothing" | "everything" | "paths";
  readonly sent: readonly string[];
}

export function corpus(): readonly CorpusCase[] {
  const [head = "", ...parts] = readFileSync(`${CORPUS_FOLDER}/corpus.txt`, "utf8").split(/^=== /m);
  const files = (/^files: (.*)$/m.exec(head)?.[1] ?? "").split(" ").map((text): readonly [string, string?] => {
    const [path = "", target] = text.replaceAll("␣", " ").split("->");
    return target === undefined ? [path] : [path, target];
  });
  return parts.map((part) => {
    const cut = part.indexOf("---\n");
    const [name = "", ...options] = part.slice(0, cut).trimEnd().split("\n");
    const option = (key: string): string | undefined =>
      options.find((line) => line.startsWith(`${key}: `))?.slice(key.length + 2);
    const [args, target, platform, ignore] = ["args", "target", "platform", "ignore"].map(option);
    const pairs = (args ?? "").split(" ").filter((text) => text !== "");
    return {
      name,
      question: {
        kind: "reads",
        // A blank line stands between cases.
        dockerfile: part
          .slice(cut + 4)
          .replace(/\n\n$/, "\n")
          .replaceAll("␍", "\r")
          .replaceAll("␞", "\u{feff}"),
        args: Object.fromEntries(pairs.map((text) => text.split("="))),
        ...(target === undefined ? {} : { target }),
        ...(platform === undefined ? {} : { platform }),
        ...(ignore === undefined ? {} : { ignore: ignore.split(" | ").join("\n") }),
        files,
      },
    };
  });
}

/** `name: paths src/a, src/b`; a backslash stands before a comma that is in a name. */
export function answerLine({ name }: CorpusCase, { reads, sent }: CorpusAnswer): string {
  return `${name}: ${[reads, sent.join(", ")].filter((text) => text !== "").join(" ")}\n`;
}

export function corpusAnswers(): ReadonlyMap<string, CorpusAnswer> {
  const lines = readFileSync(`${CORPUS_FOLDER}/answers.txt`, "utf8").trimEnd().split("\n");
  return new Map(
    lines.map((line) => {
      const [, name = "", reads = "", sent = ""] =
        /^(.*): (refused|nothing|everything|paths)(?: (.*))?$/.exec(line) ?? [];
      const known = (["refused", "nothing", "everything", "paths"] as const).find((each) => each === reads);
      return [name, { reads: known ?? "refused", sent: sent === "" ? [] : sent.split(", ") }] as const;
    }),
  );
}
