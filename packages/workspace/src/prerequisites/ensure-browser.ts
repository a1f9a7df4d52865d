import { runCommand } from "../run-command.ts";
import { findBrowser } from "./find-browser.ts";
import { ensureProgram, type InstallAttempt } from "./install-attempt.ts";
import { systemPackageAttempts } from "./system-packages.ts";

/** A Chromium for the browser tests: the machine's, else Playwright's download, else a system package. */
export async function ensureBrowser(print: (line: string) => void): Promise<string | null> {
  const attempts = [
    playwrightDownload,
    ...systemPackageAttempts({ apt: "chromium", brew: ["--cask", "chromium"] }),
  ];
  const found = await ensureProgram("browser", findBrowser, attempts, print);
  print(
    found === null
      ? "browser: none found and none could be installed. Install Chrome or Chromium, or set CHROME_PATH to one."
      : `browser: ${found}`,
  );
  return found;
}

const playwrightDownload: InstallAttempt = {
  description: "`playwright install chromium`",
  async run() {
    const { exitCode, output } = await runCommand("playwright", ["install", "chromium"], {
      output: "collect",
    });
    if (exitCode !== 0) console.error(output.trim().split("\n").slice(-5).join("\n"));
    return exitCode === 0;
  },
};
