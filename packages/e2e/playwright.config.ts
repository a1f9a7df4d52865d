import { findBrowser } from "@mailoo-chat/workspace/find-browser";
import { defineConfig } from "@playwright/test";
import { CHROMIUM_ARGS } from "./src/chromium-args.ts";

const executablePath = findBrowser();

export default defineConfig({
  testDir: ".",
  testMatch: "{browser,engines}/**/*.spec.ts",
  outputDir: "test-results",
  fullyParallel: true,
  workers: 2,
  forbidOnly: true,
  timeout: 30_000,
  expect: { timeout: 10_000 },
  reporter: "list",
  use: {
    // Traces take a fifth of the time. `pnpm browser --trace retain-on-failure` records failed tests.
    trace: "off",
    launchOptions: {
      ...(executablePath === null ? {} : { executablePath }),
      args: [...CHROMIUM_ARGS],
    },
  },
});
