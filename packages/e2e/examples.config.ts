import { defineConfig } from "@playwright/test";
import config from "./playwright.config.ts";

/** `pnpm examples`: every example's check, with the one that takes longer than the test command may. */
export default defineConfig(config, {
  testDir: "browser/examples",
  testMatch: ["*.spec.ts", "*.built.ts"],
});
