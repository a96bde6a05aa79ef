import { beFrugal } from "./frugality.ts";

// Imported by name it would be loaded first, and what is loaded before the flags are set is kept.
beFrugal();
await import("./run.ts");
