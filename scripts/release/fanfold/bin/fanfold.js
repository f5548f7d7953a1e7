#!/usr/bin/env node
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

// The command says itself which Node it needs, so this is in the syntax of every Node that has ES modules, too.
const workflows = createRequire(import.meta.url).resolve("@fanfold/workflows/package.json");
await import(new URL("bin/fanfold.js", pathToFileURL(workflows)).href);
