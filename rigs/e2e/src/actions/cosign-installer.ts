import { appendFileSync } from "node:fs";

// Stands in for sigstore/cosign-installer: the test bed's cosign, and nothing else, is put on the path.
const { STAND_IN_COSIGN = "", GITHUB_PATH = "" } = process.env;
appendFileSync(GITHUB_PATH, `${STAND_IN_COSIGN}\n`);
