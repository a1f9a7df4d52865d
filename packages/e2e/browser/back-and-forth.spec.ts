import { findBrowser } from "@mailoo-chat/workspace/find-browser";
import { chromium } from "@playwright/test";
import { CHROMIUM_ARGS } from "../src/chromium-args.ts";
import { createChatPage } from "./chat-page.ts";
import { expect, test } from "./chat-test.ts";
import { theSessionOf } from "./the-session-of.ts";

test("the browser restores a page from the back/forward cache, and its conversation continues", async ({
  house,
}) => {
  test.setTimeout(60_000);
  // Playwright starts its browser with the back/forward cache disabled.
  const browser = await chromium.launch({
    executablePath: `${findBrowser()}`,
    args: [...CHROMIUM_ARGS],
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
  });
  try {
    const page = await browser.newPage();
    const chat = createChatPage(page);
    await chat.goto(house.pageUrl);
    await chat.openPanel();
    await chat.send("I will be back");
    await expect(chat.message("I will be back")).toHaveAttribute("data-state", "sent");
    const session = await theSessionOf(house.sandbox, "I will be back");
    await page.evaluate(() => {
      addEventListener("pageshow", ({ persisted }) => Object.assign(window, { persisted }));
    });
    await page.goto(house.site.serve("/elsewhere", { html: "<!doctype html><title>Elsewhere</title>" }));
    house.sandbox.reply(session, "While you were away");
    // Playwright's `goBack()` waits for a load event, which a restored page does not emit.
    await page.evaluate(() => history.back());
    await expect.poll(() => page.evaluate("window.persisted").catch(() => false)).toBe(true);
    await expect(chat.message("While you were away")).toBeVisible();
    await chat.send("And now?");
    await expect(chat.message("And now?")).toHaveAttribute("data-state", "sent");
  } finally {
    await browser.close();
  }
});
