import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** Lets the processes that tests start compile each source file only once. */
export const env = { NODE_COMPILE_CACHE: join(import.meta.dirname, "node_modules/.cache/node-compile") };

/** Long enough for every test on a slow, busy machine: they only end what hangs. */
export const timeouts = {
  testTimeout: 180_000,
  hookTimeout: 180_000,
  expect: { poll: { timeout: 30_000 } },
};

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Vitest leaves one core free by default, which on two cores means one test file at a time.
    maxWorkers: "100%",
    ...timeouts,
    env,
  },
});
