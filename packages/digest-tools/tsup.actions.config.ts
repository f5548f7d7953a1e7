import { defineConfig } from "tsup";
import { action } from "../../tsup.base.ts";

export default defineConfig(action("merge", "src/action.ts"));
