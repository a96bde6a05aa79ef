import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { env } from "../../vitest.config.ts";

export default defineConfig({
  root: join(import.meta.dirname, "../.."),
  test: {
    include: ["test/postgres/**/*.postgres.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    env,
  },
});
