import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { timeouts } from "../../vitest.config.ts";

export default defineConfig({
  root: join(import.meta.dirname, "../.."),
  test: {
    include: ["test/browser/**/*.browser.ts"],
    ...timeouts,
  },
});
