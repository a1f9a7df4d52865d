import { expect, type Page, test } from "@playwright/test";
import { createChatPage } from "../chat-page.ts";
import { startBackstage } from "./backstage.ts";
import { converse } from "./converse.ts";
import { startVite } from "./start-vite.ts";

// Includes starting servers and building the site.
test.describe.configure({ timeout: 90_000 });

test("React: under StrictMode there is one widget, and a changed option keeps the conversation", async ({
  page,
}) => {
  await using backstage = await startBackstage();
  await using _site = await startVite("react", backstage);
  const chat = createChatPage(page, "Field Notes");

  await chat.goto(backstage.site.origin);
  await expect(widgets(page)).toHaveCount(1);
  await page.getByRole("button", { name: "Ask us" }).click();
  await expect(chat.panel).toContainText("We answer within the hour");
  await converse(chat, backstage.sandbox, "Does ink bleed through?");

  await chat.launcher.click();
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(widgets(page)).toHaveCount(1);
  await chat.openPanel();
  await expect(chat.panel).toContainText("Good to see you again");
  await expect(chat.messages).toHaveCount(2);

  await chat.launcher.click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(widgets(page)).toHaveCount(1);
  await chat.openPanel();
  await expect(chat.history).toContainText(/Hello/);
  await expect(chat.messages).toHaveCount(0);
});

function widgets(page: Page) {
  return page.locator("mailoo-chat-widget");
}
