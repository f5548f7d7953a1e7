import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { actionFile, actionTables } from "@fanfold-internal/kit/action/render-action";
import { recordingHost } from "@fanfold-internal/kit/process/recording-host";
import { withTables } from "@fanfold-internal/kit/text/markdown-tables";
import { expect, test } from "vitest";
import { diskSetupAction as action } from "./action.ts";

const file = (name: string): string =>
  fileURLToPath(new URL(`../../../actions/${action.name}/${name}`, import.meta.url));

test("action.yml and the README's tables are those of the command's options; vitest -u writes them", async () => {
  const host = recordingHost();
  await expect(actionFile(action, host)).toMatchFileSnapshot(file("action.yml"));
  const readme = readFileSync(file("README.md"), "utf8");
  await expect(withTables(readme, actionTables(action, host))).toMatchFileSnapshot(file("README.md"));
});
