import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "@playwright/test";
import getPort from "get-port";
import { startDemo } from "./demo/start-demo.ts";
import { findBrowser } from "./prerequisites/find-browser.ts";
import { REPOSITORY } from "./repository.ts";
import { SCENES, type Scene } from "./screenshots/scenes.ts";
import { ANIMATIONS_END_MS, createStage } from "./screenshots/stage.ts";
import { type Showcase, startShowcase } from "./screenshots/start-showcase.ts";

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
  // With an open console the owner is online, else the chat says "away".
  await (await browser.newPage()).goto(demo.sandboxUrl);
  await untilOnline(demo.bffUrl);
  const showcase = await startShowcase(demo.sandboxUrl, demo.siteUrl);
  try {
    for (const scene of scenes) await take(scene, browser, showcase);
  } finally {
    showcase.stop();
  }
} finally {
  await browser.close();
  await demo.stop();
}

async function take(scene: Scene, browser: Browser, showcase: Showcase): Promise<void> {
  const options = { viewport: { width: 1280, height: 860 }, deviceScaleFactor: 2, locale: "en-GB" };
  await using closing = new AsyncDisposableStack();
  const stage = createStage({ sandboxUrl: demo.sandboxUrl, browser, options, closing });
  const page = await stage.browse(scene.options);
  await prepare(page, scene, showcase);
  await page.goto(`${demo.siteUrl}/${scene.page ?? ""}`, scene.referer ? { referer: scene.referer } : {});
  await scene.play(page, stage, showcase);
  await page.waitForTimeout(ANIMATIONS_END_MS);
  await page.screenshot({ path: join(IMAGES, `${scene.name}.png`), ...(await toClip(scene, page)) });
  console.log(`docs/images/${scene.name}.png`);
}

/** What a site owner would write into the page. */
async function prepare(page: Page, { settings, calls, chat }: Scene, { chatsUrl }: Showcase): Promise<void> {
  const own = { ...settings, ...(chat && { bff: chatsUrl + chat }) };
  await page.addInitScript({ content: `window.mailooChatSettings = ${JSON.stringify(own)}` });
  if (calls) await page.addInitScript({ content: `window.MailooChat = { q: ${JSON.stringify(calls)} }` });
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

async function toClip(scene: Scene, page: Page) {
  if (scene.crop === undefined) return {};
  if (scene.crop === "arranged") {
    const clip = await page.locator("main").boundingBox();
    return clip ? { clip, fullPage: true } : {};
  }
  // With a margin.
  const box = await page.getByRole("dialog").boundingBox();
  const { width, height } = page.viewportSize() ?? { width: 0, height: 0 };
  const x = Math.max(0, (box?.x ?? 0) - 28);
  const y = Math.max(0, (box?.y ?? 0) - 20);
  return { clip: { x, y, width: width - x, height: height - y } };
}
