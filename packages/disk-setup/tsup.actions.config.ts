import { cp } from "node:fs/promises";
import { defineConfig } from "tsup";
import { action } from "../../tsup.base.ts";

// The parts that scripts are put together from are read as they are.
const onSuccess = (): Promise<void> => cp("src/script/bash", "../../actions/disk-setup/dist/bash", { recursive: true });

export default defineConfig(action("disk-setup", "src/action.ts", { onSuccess }));
