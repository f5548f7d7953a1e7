import { cp } from "node:fs/promises";
import { defineConfig, type Options } from "tsup";
import { published } from "../../tsup.base.ts";

const config: Options = published({
  // The parts that scripts are put together from are read as they are.
  onSuccess: () => cp("src/script/bash", "dist/bash", { recursive: true }),
});

export default defineConfig(config);
