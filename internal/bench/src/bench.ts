import { benchMatching, printMatching } from "./matching.ts";

process.stdout.write("Matching: 3,000 files against the rules of a matrix, one process\n\n");
printMatching(benchMatching());
