import { fileURLToPath } from "node:url";
import { referencePage } from "@fanfold-internal/kit/help/reference-page";
import { helpFaults } from "@fanfold-internal/kit/process/help-faults";
import { recordingHost } from "@fanfold-internal/kit/process/recording-host";
import { expect, test } from "vitest";
import { program, wordsFor } from "./cli.ts";
import { NOTES } from "./notes.ts";

const PAGE = fileURLToPath(new URL("../../../docs/cli/fanfold.md", import.meta.url));

test("the page of the reference is that of the definitions; vitest -u writes it", async () => {
  await expect(referencePage(program(recordingHost()), NOTES)).toMatchFileSnapshot(PAGE);
});

test("help fits a terminal, and its examples are command lines that work", async () => {
  expect(await helpFaults(() => program(recordingHost()), NOTES, wordsFor)).toEqual([]);
});
