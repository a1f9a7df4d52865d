import { existsSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "@playwright/test";
import base from "./playwright.config.ts";

// `pnpm gallery`. One worker, which writes the page of all pictures at its end. It uses a font like most systems'
// default font, if it is installed.

const FONTS = join(import.meta.dirname, "gallery/fonts.conf");

export default defineConfig(base, {
  testMatch: "**/gallery/*.spec.ts",
  fullyParallel: false,
  workers: 1,
  use: {
    launchOptions: {
      ...base.use?.launchOptions,
      env: { ...process.env, ...(existsSync("/etc/fonts/fonts.conf") && { FONTCONFIG_FILE: FONTS }) },
    },
  },
});
