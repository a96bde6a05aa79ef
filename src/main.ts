import { configureMemory } from "./runtime/v8-memory.ts";

configureMemory();
// A static import would load the service before the memory settings apply.
await import("./commands/start.ts");
