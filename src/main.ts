import { beFrugal } from "./frugality.ts";

beFrugal();
// Imported by name it would be loaded first.
await import("./run.ts");
