import { defineConfig, type Options } from "tsup";
import { published } from "../../tsup.base.ts";

const config: Options = published();

export default defineConfig(config);
