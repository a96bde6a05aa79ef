import "./runtime/disable-library-debug.ts";

import { configureMemory } from "./runtime/v8-memory.ts";

configureMemory();
// A static import would load the service before the memory settings apply (docs/decisions/0017-small-heap-while-reading.md).
await import("./commands/start.ts");
