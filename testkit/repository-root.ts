import { join } from "node:path";

/** The folder of this repository. */
export const REPOSITORY_ROOT = join(import.meta.dirname, "..");
