import { parseArgs } from "node:util";
import { findBrowser } from "@mailoo-chat/workspace/find-browser";
import { chromium, type Page } from "@playwright/test";
import { percentile } from "./chaos/percentile.ts";
import { startChatServer } from "./widget/chat-server.ts";
import { mailooChat } from "./widget/contestants/mailoo-chat.ts";
import { startPageServer } from "./widget/page-server.ts";

// `pnpm bench:open [--json] [--runs N]`: how long a visitor with a slow phone on a slow network waits after the click on the
// launcher, until they can type and until the welcome text is there. Nothing is cached, and no hover has announced the
// click. Exits with 1 if a median exceeds its limit. Needs the build and a Chromium.

/** DevTools' Fast 3G: 1.44 Mbit/s and 562.5 ms for each request. */
const FAST_3G = { offline: false, latency: 562.5, downloadThroughput: 180_000, uploadThroughput: 84_375 };
const CPU_SLOWDOWN = 4;
const LIMITS_MS = { typing: 750, welcome: 800 };

const { values } = parseArgs({
  options: { json: { type: "boolean", default: false }, runs: { type: "string", default: "7" } },
});

await using resources = new AsyncDisposableStack();
const executablePath = findBrowser();
if (executablePath === null) throw new Error("There is no browser: set CHROME_PATH.");
const stand = await mailooChat.prepare();
const site = resources.use(await startPageServer());
const server = resources.use(await startChatServer(stand));
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
resources.defer(() => browser.close());

const opened: Opened[] = [];
for (let run = 0; run < Number(values.runs); run += 1) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB" });
  const page = await context.newPage();
  await page.goto(site.urlOf(stand.snippet(server.origin)));
  await page.getByRole("button", { name: "Open chat" }).waitFor();
  const devtools = await context.newCDPSession(page);
  await devtools.send("Network.enable");
  await devtools.send("Network.emulateNetworkConditions", FAST_3G);
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: CPU_SLOWDOWN });
  opened.push(await open(page));
  await context.close();
}

const medians = {
  typing: percentile(
    opened.map(({ typing }) => typing),
    0.5,
  ),
  welcome: percentile(
    opened.map(({ welcome }) => welcome),
    0.5,
  ),
};
if (values.json) console.log(JSON.stringify({ ...medians, limits: LIMITS_MS }));
else
  for (const [what, limit] of Object.entries(LIMITS_MS))
    console.log(`${what}: ${medians[what as keyof Opened].toFixed(0)} ms (at most ${limit} ms)`);
process.exitCode = medians.typing > LIMITS_MS.typing || medians.welcome > LIMITS_MS.welcome ? 1 : 0;

/** Milliseconds since the click. */
interface Opened {
  /** Until the focus is in the text box. */
  readonly typing: number;
  /** Until the welcome text is rendered. */
  readonly welcome: number;
}

function open(page: Page): Promise<Opened> {
  return page.evaluate(
    () =>
      new Promise<Opened>((resolve) => {
        const root = document.querySelector("mailoo-chat-widget")?.shadowRoot;
        let typing: number | null = null;
        const clickedAt = performance.now();
        root?.querySelector<HTMLElement>("[part=launcher]")?.click();
        requestAnimationFrame(function look() {
          const now = performance.now() - clickedAt;
          if (root?.activeElement instanceof HTMLTextAreaElement) typing ??= now;
          const isWelcomed = root?.querySelector("[data-message-id=welcome]");
          if (typing !== null && isWelcomed) resolve({ typing, welcome: now });
          else requestAnimationFrame(look);
        });
      }),
  );
}
