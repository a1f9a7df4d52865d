import { readdirSync } from "node:fs";
import { homedir, platform } from "node:os";
import { join } from "node:path";
import { findOnPath, isExecutable } from "./find-on-path.ts";

const NAMES_ON_PATH = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

const FIXED_PLACES = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/snap/bin/chromium",
];

/** Where Playwright unpacks its browsers, below a directory for each build. */
const PLAYWRIGHT_BINARIES = [
  "chrome-linux/chrome",
  "chrome-linux64/chrome",
  "chrome-linux/headless_shell",
  "chrome-headless-shell-linux64/chrome-headless-shell",
  "chrome-mac/Chromium.app/Contents/MacOS/Chromium",
  "chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing",
  "chrome-mac-x64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing",
];

/** The Chromium to run browser tests with: `CHROME_PATH`, an installed one, or Playwright's own; null for none. */
export function findBrowser(): string | null {
  const chosen = process.env.CHROME_PATH;
  if (chosen !== undefined && chosen !== "") return isExecutable(chosen) ? chosen : null;
  const onPath = NAMES_ON_PATH.map((name) => findOnPath(name)).find((path) => path !== null);
  return onPath ?? [...FIXED_PLACES, ...playwrightPlaces()].find(isExecutable) ?? null;
}

function playwrightPlaces(): readonly string[] {
  const root = process.env.PLAYWRIGHT_BROWSERS_PATH ?? defaultPlaywrightRoot();
  let builds: string[];
  try {
    builds = readdirSync(root).filter((name) => name.startsWith("chromium"));
  } catch {
    return [];
  }
  // The newest build last in the alphabet comes first.
  return builds
    .sort()
    .reverse()
    .flatMap((build) => PLAYWRIGHT_BINARIES.map((binary) => join(root, build, binary)));
}

function defaultPlaywrightRoot(): string {
  return platform() === "darwin"
    ? join(homedir(), "Library/Caches/ms-playwright")
    : join(homedir(), ".cache/ms-playwright");
}
