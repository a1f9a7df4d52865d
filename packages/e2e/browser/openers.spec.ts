import { expect, test } from "./chat-test.ts";
import { toPageWithWidget } from "./page-with-widget.ts";

// Ways to start a conversation: suggestions, and texts of the page.

test("a click sends a suggestion, and the owner answers it in the console", async ({
  chat,
  house,
  owner,
}) => {
  const suggestions = '["Where is my parcel?", "Do you ship to Norway?"]';
  await chat.goto(
    house.site.serve(
      "/suggestions",
      toPageWithWidget(house.bff.url, { attributes: `data-suggestions='${suggestions}'` }),
    ),
  );
  await chat.openPanel();
  await chat.panel.getByRole("button", { name: "Do you ship to Norway?" }).press("Enter");
  await expect(chat.message("Do you ship to Norway?")).toHaveAttribute("data-state", "sent");
  await expect(chat.panel.getByRole("button", { name: "Where is my parcel?" })).toHaveCount(0);
  await owner.answer("Do you ship to Norway?", "We do, by rail.");
  await expect(chat.message("We do, by rail.")).toBeVisible();
});

test("a page button opens the chat with a text, which the visitor completes and sends, and the owner answers", async ({
  chat,
  house,
  owner,
}) => {
  const { html } = toPageWithWidget(house.bff.url);
  const button = '<a href="/elsewhere" data-mailoo-text="About order 4711:">Ask about this order</a>';
  const url = house.site.serve("/order", { html: html.replace("<main>", `<main>${button}`) });
  await chat.page.goto(url);
  await chat.page.getByRole("link", { name: "Ask about this order" }).click();
  await expect(chat.composer).toHaveValue("About order 4711:");
  await expect(chat.composer).toBeFocused();
  expect(chat.page.url()).toBe(url);
  await expect(chat.launcher).toBeVisible();
  await expect(chat.history.locator('[data-author="visitor"]')).toHaveCount(0);
  await chat.composer.pressSequentially(" where is it?");
  await chat.composer.press("Enter");
  await owner.answer("About order 4711: where is it?", "On the rails.");
  await expect(chat.message("On the rails.")).toBeVisible();
});

test("the configuration is requested once, in parallel with the code", async ({ chat, house }) => {
  const requested: string[] = [];
  chat.page.on("request", (request) => {
    const [, name = ""] = /(config|core)[^/]*$/.exec(request.url()) ?? [];
    if (name) requested.push(name);
  });
  const late = Promise.withResolvers<void>();
  await chat.page.route("**/assets/core-*", async (route) => {
    await late.promise;
    await route.continue();
  });
  await chat.goto(house.pageUrl);
  expect(requested).toEqual([]);
  await chat.launcher.click();
  await expect.poll(() => requested.toSorted()).toEqual(["config", "core"]);
  late.resolve();
  await expect(chat.history.locator('[data-message-id="welcome"]')).toBeVisible();
  expect(requested.length).toBe(2);
});
