import { defineConfig } from "@playwright/test";
import config from "./playwright.config.ts";

/** `pnpm examples`: the checks of all examples, including those too slow for the test command. */
export default defineConfig(config, {
  testDir: "browser/examples",
  testMatch: ["*.spec.ts", "*.built.ts"],
});
