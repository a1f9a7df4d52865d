import { expect, test } from "@playwright/test";
import { createChatPage } from "../chat-page.ts";
import { startBackstage } from "./backstage.ts";
import { converse } from "./converse.ts";
import { startVite } from "./start-vite.ts";

// Includes starting servers and building the site.
test.describe.configure({ timeout: 90_000 });

test("the script tag: a conversation continues across the site's pages", async ({ page }) => {
  await using backstage = await startBackstage();
  await using _site = await startVite("script-tag", backstage);
  const chat = createChatPage(page, "Mud & Tide");

  await chat.goto(backstage.site.origin);
  await page.getByRole("button", { name: "Ask us" }).click();
  await converse(chat, backstage.sandbox, "Is the cup for tea?");

  await page.getByRole("link", { name: "Shipping" }).click();
  await chat.openPanel();
  await expect(chat.message("An answer to: Is the cup for tea?")).toBeVisible();

  await chat.goto(`${backstage.site.origin}/dark.html`);
  await expect(chat.launcher).toBeInViewport();
  expect((await chat.launcher.boundingBox())?.x).toBeLessThan(200);

  // In a conversation the panel keeps its open state from the previous page.
  await page.goto(`${backstage.site.origin}/rtl.html`);
  await expect(page.getByRole("button", { name: "إغلاق الدردشة" })).toBeVisible();
  await expect(page.getByText("An answer to: Is the cup for tea?")).toBeVisible();
});
