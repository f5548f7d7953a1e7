import type { Case, Sources } from "./bed/case.ts";
import { brokenFileCases } from "./cases/broken-files.ts";
import { diskCases } from "./cases/disk.ts";
import { eventCases } from "./cases/events.ts";
import { flagCases } from "./cases/flags.ts";
import { generateCases } from "./cases/generate.ts";
import { githubCases } from "./cases/github.ts";
import { mergeCases } from "./cases/merge.ts";
import { mergeAllCases } from "./cases/merge-all.ts";
import { mergeMatrixCases } from "./cases/merge-matrix.ts";
import { pushCases } from "./cases/push.ts";
import { realMatrixCases } from "./cases/real-matrices.ts";
import { registryFaultCases } from "./cases/registry-faults.ts";
import { rehearseCases } from "./cases/rehearse.ts";
import { tagCases } from "./cases/tags.ts";
import { testdataCases } from "./cases/testdata.ts";

/** Every case there is, those first that wait the longest. */
export function allCases(sources: Sources): readonly Case[] {
  return [
    ...registryFaultCases(),
    ...realMatrixCases(sources),
    ...mergeAllCases(),
    ...mergeCases(),
    ...pushCases(),
    ...rehearseCases(),
    ...githubCases(),
    ...eventCases(),
    ...flagCases(),
    ...brokenFileCases(),
    ...generateCases(sources),
    ...tagCases(),
    ...mergeMatrixCases(),
    ...diskCases(sources),
    ...testdataCases(sources),
  ];
}
