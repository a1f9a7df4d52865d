import { startBff } from "../src/servers/start-bff.ts";
import { expect, test } from "./chat-test.ts";
import { toPageWithWidget } from "./page-with-widget.ts";

// Options that a page changes at run time.

test("an open panel follows the page's language to Arabic and back, and keeps draft, focus and scroll position", async ({
  chat,
  house,
}) => {
  const { page, composer, history } = chat;
  await chat.goto(
    house.site.serve("/languages", toPageWithWidget(house.bff.url, { attributes: 'data-locale="auto"' })),
  );
  await chat.openPanel();
  for (const at of [1, 2, 3, 4, 5, 6, 7]) await chat.send(`Line ${at}\n\n\nof a long conversation`);
  await expect(history.locator('[data-state="sent"][data-author="visitor"]')).toHaveCount(7);
  await composer.fill("A draft");
  const log = await page.getByRole("log").elementHandle();
  await history.hover();
  await log?.evaluate((element) => element.scrollTo({ top: 40 }));

  await page.evaluate('Object.assign(document.documentElement, { lang: "ar", dir: "rtl" })');
  const arabic = page.getByRole("textbox", { name: "رسالة" });
  await expect(arabic).toHaveValue("A draft");
  await expect(arabic).toBeFocused();
  await expect(arabic).toHaveCSS("direction", "rtl");
  await expect(page.getByRole("button", { name: "إغلاق الدردشة" })).toBeVisible();
  // Times in Arabic format, and no English text left.
  await expect(page.locator(".meta time").last()).toHaveText(/[صم]/);
  await expect(page.locator("mailoo-chat-widget .panel")).not.toContainText(/Sent|Online|Chat/);
  expect(await log?.evaluate((element) => element.scrollTop)).toBe(40);

  await page.evaluate('Object.assign(document.documentElement, { lang: "en", dir: "ltr" })');
  await expect(composer).toHaveValue("A draft");
  await expect(composer).toHaveCSS("direction", "ltr");
  await expect(chat.panel).toContainText("Sent");
});

test("the owner's texts follow the page's language, and the owner answers a suggestion in it", async ({
  chat,
  house,
  owner,
}) => {
  test.slow();
  const { page, history } = chat;
  const url = "https://shop.example/datenschutz";
  const texts = {
    "*": { welcomeMessage: "Hello! Any questions?", suggestions: ["Where is my parcel?"] },
    de: {
      welcomeMessage: "Hallo! Noch Fragen?",
      suggestions: ["Wo ist mein Paket?"],
      consent: { text: "Es gilt die [Datenschutzerklärung].", url },
    },
    "de-AT": { suggestions: ["Wo ist mein Packerl?"] },
  };
  await using bff = await startBff({
    platformUrl: house.sandbox.url,
    allowedOrigins: [house.site.origin],
    env: { MAILOO_CHAT_TEXTS: JSON.stringify(texts) },
  });
  await chat.goto(
    house.site.serve("/texts", toPageWithWidget(bff.url, { attributes: 'data-locale="auto"' })),
  );
  await chat.openPanel();
  const welcome = history.locator('[data-message-id="welcome"]');
  await expect(welcome).toHaveText("Hello! Any questions?");
  await expect(page.getByRole("button", { name: "Where is my parcel?" })).toBeVisible();
  await expect(page.getByRole("link")).toHaveCount(0);

  await page.evaluate('document.documentElement.lang = "de"');
  await expect(welcome).toHaveText("Hallo! Noch Fragen?");
  await expect(page.getByRole("link", { name: "Datenschutzerklärung" })).toHaveAttribute("href", url);
  await page.getByRole("button", { name: "Wo ist mein Paket?" }).click();
  await owner.answer("Wo ist mein Paket?", "Im Zug.");
  await expect(page.getByRole("log").getByText("Im Zug.")).toBeVisible();
  await page.evaluate('MailooChat.update({ locale: "xx" })');
  await expect(page.getByRole("textbox", { name: "Nachricht" })).toBeVisible();
});

test("update() changes the look before and after the load, and reports invalid options by name", async ({
  chat,
  house,
}) => {
  const { page } = chat;
  const warnings: string[] = [];
  page.on("console", (line) => {
    const [, option] = /Mailoo Chat: the option "(.*?)"/.exec(line.text()) ?? [];
    if (option) warnings.push(option);
  });
  const head = `<script>
    window.MailooChat = function () { (MailooChat.q = MailooChat.q || []).push(arguments); };
    MailooChat("update", { accent: "rgb(10, 20, 30)", position: "left", offsetX: 33 });
  </script>`;
  await chat.goto(
    house.site.serve("/look", toPageWithWidget(house.bff.url, { head, attributes: 'data-accent="red"' })),
  );
  await expect(chat.launcher).toHaveCSS("background-color", "rgb(10, 20, 30)");
  await expect(chat.launcher).toHaveCSS("left", "33px");
  await chat.openPanel();
  await chat.composer.fill("Hello");
  await expect(chat.sendButton).toHaveCSS("color", /^(rgb\(255|lch\(100)/);

  await page.evaluate(
    'MailooChat.update({ accent: "#fe9", position: "right", theme: "dark", radius: 3, zIndex: 7, title: "Help desk", offsetX: null })',
  );
  const panel = page.getByRole("dialog", { name: "Help desk" });
  await expect(panel).toHaveCSS("border-top-left-radius", "3px");
  await expect(panel).toHaveCSS("color-scheme", "dark");
  await expect(chat.launcher).toHaveCSS("background-color", "rgb(255, 238, 153)");
  await expect(chat.launcher).toHaveCSS("right", "20px");
  // Text on a light accent is dark.
  await expect(panel.getByRole("button", { name: "Send" })).toHaveCSS("color", /^(rgb\(0|lch\(0)/);
  await expect(page.locator("mailoo-chat-widget")).toHaveCSS("z-index", "7");

  await page.evaluate(
    'MailooChat("update", { accent: "no colour", offsetY: "a bit", bff: "https://elsewhere.example" })',
  );
  await expect.poll(() => warnings.toSorted()).toEqual(["accent", "bff", "offsetY"]);
  await expect(chat.launcher).toHaveCSS("background-color", "rgb(255, 238, 153)");
  await page.evaluate("MailooChat.update({ accent: undefined, theme: null })");
  await expect(chat.launcher).toHaveCSS("background-color", "rgb(58, 91, 255)");
});
