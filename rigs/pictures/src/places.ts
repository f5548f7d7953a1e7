import { fileURLToPath } from "node:url";

/** Where the pictures are. */
export const PICTURES: string = fileURLToPath(new URL("../../../docs/pictures/", import.meta.url));

/** As GitHub shows a page. */
export type Scheme = "light" | "dark";
export const SCHEMES: readonly Scheme[] = ["light", "dark"];
