import { spawnSync } from "node:child_process";
import { chromium } from "@playwright/test";
import { findOnPath, isExecutable } from "./find-on-path.ts";

const NAMES_ON_PATH = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

const FIXED_PLACES = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/snap/bin/chromium",
];

/** The Chromium to run browser tests with: `CHROME_PATH`, an installed one, or Playwright's own; null for none. */
export function findBrowser(): string | null {
  const chosen = process.env.CHROME_PATH;
  if (chosen !== undefined && chosen !== "") return isExecutable(chosen) ? chosen : null;
  const onPath = NAMES_ON_PATH.flatMap((name) => findOnPath(name) ?? []);
  return [...onPath, ...FIXED_PLACES, chromium.executablePath()].find(canRun) ?? null;
}

/** A downloaded browser may lack system libraries. */
function canRun(file: string): boolean {
  return isExecutable(file) && spawnSync(file, ["--version"], { timeout: 20_000 }).status === 0;
}
