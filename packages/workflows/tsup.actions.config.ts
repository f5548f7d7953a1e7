import { defineConfig } from "tsup";
import { action } from "../../tsup.base.ts";

export default defineConfig([action("plan", "src/actions/plan.ts"), action("build", "src/actions/build.ts")]);
