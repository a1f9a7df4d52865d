import { startSandbox } from "@mailoo-chat/sandbox";
import { test as base, expect } from "@playwright/test";
import { startBff } from "../src/servers/start-bff.ts";
import { startTestSite } from "../src/servers/start-test-site.ts";
import { createChatPage } from "./chat-page.ts";
import { createConsolePage } from "./console-page.ts";
import { toPageWithWidget } from "./page-with-widget.ts";

// The chat while the owner is away, from the office hours to the owner's console.

const DAY_MS = 24 * 60 * 60_000;
const OPENS_AT = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS + 3 * DAY_MS + 9 * 60 * 60_000);

const test = base.extend<object, { shop: Awaited<ReturnType<typeof openShop>> }>({
  shop: [
    async ({ browserName: _ }, use) => {
      const shop = await openShop();
      await use(shop);
      await shop.close();
    },
    { scope: "worker" },
  ],
});

/** The owner is away and returns in three days at 09:00 UTC. */
async function openShop() {
  const sandbox = await startSandbox();
  sandbox.setPresence("away");
  const site = await startTestSite();
  const bff = await startBff({
    platformUrl: sandbox.url,
    allowedOrigins: [site.origin],
    env: {
      MAILOO_CHAT_HOURS: `${OPENS_AT.toUTCString().slice(0, 3)} 09:00-17:00`,
      MAILOO_CHAT_AWAY_EMAIL: "optional",
      MAILOO_CHAT_AWAY_LINK: "tel:+4930123456",
      MAILOO_CHAT_TEXTS: JSON.stringify({ de: { awayText: "Wir backen gerade.\nSchreiben Sie uns!" } }),
    },
  });
  return {
    sandbox,
    site,
    bff,
    async close() {
      await bff[Symbol.asyncDispose]();
      await site[Symbol.asyncDispose]();
      await sandbox[Symbol.asyncDispose]();
    },
  };
}

test.describe("for a German visitor in Tokyo", () => {
  test.use({ timezoneId: "Asia/Tokyo", locale: "de-DE" });

  test("the chat shows the return time, the visitor sends a text with an email address, and the owner answers", async ({
    page,
    context,
    shop,
  }) => {
    const { sandbox, site, bff } = shop;
    await page.goto(site.serve("/de", toPageWithWidget(bff.url, { htmlAttributes: 'lang="de"' })));
    await page.getByRole("button", { name: "Chat öffnen" }).click();
    const panel = page.getByRole("dialog");
    const day = new Intl.DateTimeFormat("de", { weekday: "long", timeZone: "Asia/Tokyo" }).format(OPENS_AT);
    await expect(panel.getByText(`Abwesend · zurück: ${day}, 18:00`)).toBeVisible();
    await expect(panel.getByText("Wir backen gerade. Schreiben Sie uns!")).toBeVisible();
    await expect(panel.getByRole("link", { name: "+4930123456" })).toHaveAttribute("href", "tel:+4930123456");

    const text = panel.getByRole("textbox", { name: "Nachricht" });
    await text.fill("Gibt es am Montag Brot?");
    await page.keyboard.press("Enter");
    const email = panel.getByRole("textbox", { name: "E-Mail" });
    await expect(email).toBeFocused();
    await expect(email).toHaveAccessibleDescription(/An welche E-Mail-Adresse/);
    await expect(text).toHaveValue("Gibt es am Montag Brot?");
    await page.keyboard.press("Escape");
    await expect(text).toBeFocused();
    await expect(email).toHaveCount(0);
    await page.keyboard.press("Enter");
    await page.keyboard.type("ann@");
    await page.keyboard.press("Enter");
    await expect(email).toHaveAccessibleDescription(/gültige E-Mail-Adresse/);
    await page.keyboard.type("example.com");
    await page.keyboard.press("Enter");
    await expect(panel.locator('[data-author="visitor"]')).toHaveAttribute("data-state", "sent");
    await expect(email).toHaveCount(0);
    await expect(text).toBeFocused();
    await expect(text).toHaveValue("");

    const owner = createConsolePage(await context.newPage());
    await owner.open(sandbox.url);
    await owner.choose("Gibt es am Montag Brot?");
    await expect(owner.page.getByText("ann@example.com").first()).toBeVisible();
    await owner.reply("Ja, ab sieben Uhr.");
    await page.bringToFront();
    await expect(panel.getByText("Ja, ab sieben Uhr.")).toBeVisible();

    // Stored with the conversation: not asked again, also after a reload.
    await page.reload();
    await expect(panel.getByText("Ja, ab sieben Uhr.")).toBeVisible();
    await text.fill("Danke!");
    await page.keyboard.press("Enter");
    await expect(panel.getByText("Danke!")).toBeVisible();
    await expect(email).toHaveCount(0);
  });
});

test("a visitor who declines to give an email address can write and is not asked again", async ({
  page,
  shop,
}) => {
  const chat = createChatPage(page);
  await chat.goto(shop.site.serve("/", toPageWithWidget(shop.bff.url)));
  await chat.openPanel();
  await chat.composer.fill("No address from me");
  await chat.sendButton.click();
  await chat.panel.getByRole("button", { name: "Send without email" }).click();
  await expect(chat.message("No address from me")).toHaveAttribute("data-state", "sent");
  await chat.send("And one more");
  await expect(chat.message("And one more")).toHaveAttribute("data-state", "sent");
  expect(shop.sandbox.sessions().some(({ visitorEmail }) => visitorEmail === null)).toBe(true);
});

test("the text box stays visible below the longest texts", async ({ page, shop }) => {
  const { sandbox, site } = shop;
  const text = "We are at the kiln. ".repeat(100).trim();
  const env = { MAILOO_CHAT_AWAY_TEXT: text, MAILOO_CHAT_CONSENT_TEXT: text };
  await using bff = await startBff({ platformUrl: sandbox.url, allowedOrigins: [site.origin], env });
  const chat = createChatPage(page);
  await chat.goto(site.serve("/long", toPageWithWidget(bff.url)));
  await chat.openPanel();
  for (const size of [
    { width: 1000, height: 700 },
    { width: 390, height: 640 },
    { width: 320, height: 256 },
  ]) {
    await page.setViewportSize(size);
    await expect(chat.composer).toBeInViewport({ ratio: 1 });
    await chat.send(`At ${size.width}`);
    await expect(chat.composer).toBeInViewport({ ratio: 1 });
    await expect(chat.history).toBeInViewport();
  }
});

test("the whole email field is visible at 400 % zoom", async ({ page, shop }) => {
  await page.setViewportSize({ width: 320, height: 256 });
  const chat = createChatPage(page);
  await chat.goto(shop.site.serve("/", toPageWithWidget(shop.bff.url)));
  await chat.openPanel();
  await chat.composer.fill("Hello");
  await chat.composer.press("Enter");
  const email = chat.panel.getByRole("textbox", { name: "Email" });
  await expect(email).toBeFocused();
  const seen = await email.evaluate((field) => {
    const { left, top, bottom } = field.getBoundingClientRect();
    const root = field.getRootNode() as ShadowRoot;
    return [top + 4, bottom - 4].map((y) => root.elementFromPoint(left + 20, y) === field);
  });
  expect(seen).toEqual([true, true]);
});

test("a page that hides the launcher requests the status once, shows nothing while the owner is away, and keeps an existing conversation accessible", async ({
  page,
  shop,
}) => {
  const chat = createChatPage(page);
  const asked: string[] = [];
  page.on("request", (request) => {
    if (/config|core|status/.test(request.url())) asked.push(request.url());
  });
  const url = shop.site.serve("/hides", toPageWithWidget(shop.bff.url, { attributes: 'data-away="hide"' }));
  await page.goto(url);
  await expect.poll(() => asked.length).toBe(1);
  await page.waitForLoadState("networkidle");
  await expect(chat.launcher).toBeHidden();
  expect(asked).toEqual([expect.stringContaining("/config")]);

  // The page opens the chat by its own button.
  await page.evaluate(`MailooChat("open")`);
  await chat.composer.fill("Hello");
  await chat.composer.press("Enter");
  await chat.panel.getByRole("textbox", { name: "Email" }).fill("bob@example.com");
  await chat.sendButton.click();
  await expect(chat.message("Hello")).toHaveAttribute("data-state", "sent");
  await page.goto(url);
  await expect(chat.launcher).toBeVisible();
});
