import type { Browser } from "@playwright/test";
import { startBff } from "../src/servers/start-bff.ts";
import { signIdentity, WITH_VISITOR_SESSIONS } from "../src/sign-identity.ts";
import { createChatPage } from "./chat-page.ts";
import { expect, type House, test } from "./chat-test.ts";
import { toPageWithWidget } from "./page-with-widget.ts";
import { theSessionOf } from "./the-session-of.ts";

const STUB = "window.MailooChat=function(){(MailooChat.q=MailooChat.q||[]).push(arguments)}";

/** A shop's page as rendered for a customer, or for a guest if null. */
function serveFor({ site }: House, bffUrl: string, sub: string | null): string {
  const visitor = JSON.stringify(sub && { token: signIdentity(sub) });
  const head = `<script>${STUB};MailooChat("identify", ${visitor})</script>`;
  return site.serve(`/for-${sub}`, toPageWithWidget(bffUrl, { head }));
}

async function openDevice(browser: Browser, url: string) {
  const context = await browser.newContext();
  const chat = createChatPage(await context.newPage());
  await chat.goto(url);
  await chat.openPanel();
  return chat;
}

// Includes starting a separate BFF.
test.describe.configure({ timeout: 90_000 });

test("[VISITOR-1] a customer's conversation is live on every device until they sign out", async ({
  browser,
  house,
  owner,
}) => {
  await using bff = await startBff({
    platformUrl: house.sandbox.url,
    allowedOrigins: [house.site.origin],
    env: WITH_VISITOR_SESSIONS,
  });
  const adas = serveFor(house, bff.url, "ada");
  const laptop = await openDevice(browser, adas);
  await laptop.send("Ada from the laptop");
  await expect(laptop.message("Ada from the laptop")).toHaveAttribute("data-state", "sent");
  const session = await theSessionOf(house.sandbox, "Ada from the laptop");

  const phone = await openDevice(browser, adas);
  await expect(phone.message("Ada from the laptop")).toBeVisible();
  await phone.send("Ada from the phone");
  await expect(laptop.message("Ada from the phone")).toBeVisible();
  await owner.answer("Ada from the phone", "Hello to both");
  for (const { message } of [laptop, phone]) await expect(message("Hello to both")).toBeVisible();
  // The visitor's messages are shown as their own on both devices.
  expect(
    await phone.messages.evaluateAll((all) => all.map((each) => each.getAttribute("data-author"))),
  ).toEqual(await laptop.messages.evaluateAll((all) => all.map((each) => each.getAttribute("data-author"))));

  // Bob signs in on the phone while Ada is still signed in there.
  const recalled = phone.page.waitForResponse(/\/session$/);
  await phone.goto(serveFor(house, bff.url, "bob"));
  await phone.openPanel();
  // Ada's conversation is removed together with her draft.
  await (await recalled).finished();
  await expect(phone.history).toBeVisible();
  await phone.send("Bob from Ada's phone");
  await expect(phone.message("Bob from Ada's phone")).toHaveAttribute("data-state", "sent");
  await expect(phone.messages).toHaveCount(1);
  expect(await theSessionOf(house.sandbox, "Bob from Ada's phone")).not.toBe(session);

  // Ada signs out on the laptop and signs in again.
  await laptop.goto(serveFor(house, bff.url, null));
  await laptop.openPanel();
  await expect(laptop.messages).toHaveCount(0);
  expect(await laptop.page.evaluate(() => Object.keys(localStorage))).toEqual([]);
  await laptop.goto(adas);
  await laptop.openPanel();
  await expect(laptop.messages).toHaveCount(3);
  expect(house.sandbox.messages(session)).toHaveLength(3);
  for (const { page } of [laptop, phone]) await page.context().close();
});
