import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "@playwright/test";
import getPort from "get-port";
import { startDemo } from "./demo/start-demo.ts";
import { findBrowser } from "./prerequisites/find-browser.ts";
import { REPOSITORY } from "./repository.ts";
import { SCENES, type Scene } from "./screenshots/scenes.ts";
import { createStage, type Stage } from "./screenshots/stage.ts";

// `pnpm screenshots [name …]`: the pictures of the docs, taken from the built widget on the demo site, with a real
// conversation through the BFF and the local Mailoo behind it.

const IMAGES = join(REPOSITORY, "docs/images");
const ONLINE_DEADLINE_MS = 30_000;

const executablePath = findBrowser();
if (executablePath === null) throw new Error("There is no browser: set CHROME_PATH.");
const wanted = process.argv.slice(2);
const scenes = SCENES.filter(({ name }) => wanted.length === 0 || wanted.includes(name));

await mkdir(IMAGES, { recursive: true });

const demo = startDemo(
  { sandbox: await getPort(), bff: await getPort(), site: await getPort(), plug: await getPort() },
  "script-tag",
);
await demo.ready;
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
try {
  const stage = createStage(demo.sandboxUrl);
  // With an open console the owner is online, else the chat says "away".
  await (await browser.newPage()).goto(demo.sandboxUrl);
  await untilOnline(demo.bffUrl);
  for (const scene of scenes) await take(scene, browser, demo.siteUrl, stage);
} finally {
  await browser.close();
  await demo.stop();
}

async function take(scene: Scene, browser: Browser, site: string, stage: Stage): Promise<void> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 860 },
    deviceScaleFactor: 2,
    locale: "en-GB",
    ...scene.options,
  });
  try {
    const page = await context.newPage();
    if (scene.settings) {
      await page.addInitScript({ content: `window.mailooChatSettings = ${JSON.stringify(scene.settings)}` });
    }
    await page.goto(`${site}/${scene.page ?? ""}`);
    await scene.play(page, stage);
    // Animations end within a quarter of a second.
    await page.waitForTimeout(500);
    await page.screenshot({ path: join(IMAGES, `${scene.name}.png`), ...(await toClip(scene, page)) });
    console.log(`docs/images/${scene.name}.png`);
  } finally {
    await context.close();
  }
}

async function untilOnline(bff: string): Promise<void> {
  const deadline = AbortSignal.timeout(ONLINE_DEADLINE_MS);
  for (;;) {
    if (deadline.aborted) throw new Error("Nobody came online at the console.");
    const answer = await fetch(`${bff}/api/v1/webhooks/chat/status`);
    if ((await answer.text()).includes("online")) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** The panel with its launcher and a margin. */
async function toClip(scene: Scene, page: Page) {
  if (scene.crop !== "panel") return {};
  const box = await page.getByRole("dialog").boundingBox();
  const { width, height } = page.viewportSize() ?? { width: 0, height: 0 };
  const x = Math.max(0, (box?.x ?? 0) - 28);
  const y = Math.max(0, (box?.y ?? 0) - 20);
  return { clip: { x, y, width: width - x, height: height - y } };
}
