import { expect, test } from "./chat-test.ts";
import { toPageWithWidget } from "./page-with-widget.ts";

/** Elements that a site may use as its own launcher. */
const LAUNCHERS: Readonly<Record<string, string>> = {
  "a link": `<a class="help" href="/elsewhere">Help</a>`,
  "a button that sends a form": `<form action="/elsewhere"><button class="help">Help</button></form>`,
  "a button in a web component": `<div><template shadowrootmode="open"><button class="help"><b>Help</b></button></template></div>`,
  "a button that stops the click": `<button class="help" onclick="event.stopImmediatePropagation()">Help</button>`,
};

for (const [kind, html] of Object.entries(LAUNCHERS)) {
  test(`${kind} toggles the chat, also while the code is loading`, async ({ page, house }) => {
    const late = Promise.withResolvers<void>();
    await page.route("**/assets/**", async (route) => {
      await late.promise;
      await route.continue();
    });
    const url = house.site.serve("/own-launcher", {
      html: toPageWithWidget(house.bff.url, { attributes: 'data-launcher=".help"' }).html.replace(
        "<main>",
        `${html}<main>`,
      ),
    });
    await page.goto(url);
    await page.getByText("Help").click();
    late.resolve();
    await expect(page.getByRole("dialog", { name: "Chat" })).toBeVisible();
    expect(page.url()).toBe(url);
    await expect(page.getByRole("button", { name: /^(Open|Close) chat/ })).toHaveCount(0);
    await page.getByText("Help").click();
    await expect(page.getByRole("dialog", { name: "Chat" })).toBeHidden();
    expect(page.url()).toBe(url);
  });
}

test("a selector for the page's own buttons does not match elements in the widget", async ({
  chat,
  house,
}) => {
  const { page } = chat;
  await page.goto(
    house.site.serve(
      "/any-button",
      toPageWithWidget(house.bff.url, { attributes: 'data-launcher="button"' }),
    ),
  );
  await page.getByRole("button", { name: "Buy" }).click();
  await expect(chat.panel).toBeVisible();
  await chat.send("Still open");
  await chat.panel.getByRole("button", { name: "More options" }).click();
  await expect(chat.panel).toBeVisible();
});

test("the widget never appears on a hidden path, also with non-ASCII letters", async ({ chat, house }) => {
  const { page } = chat;
  const attributes = 'data-hide-on="/café/*, /помощь" data-start-open';
  const html = toPageWithWidget(house.bff.url, { attributes });
  const late = Promise.withResolvers<void>();
  await page.route("**/assets/*-*", async (route) => {
    await late.promise;
    await route.continue();
  });
  await page.goto(house.site.serve("/caf%C3%A9/menu", html));
  await expect(page.locator("mailoo-chat-widget")).toHaveCount(1);
  await expect(chat.launcher).toBeHidden();
  late.resolve();
  await page.waitForLoadState("networkidle");
  await expect(chat.launcher).toBeHidden();
  await expect(chat.panel).toBeHidden();
  await page.evaluate("history.pushState({}, '', '/elsewhere')");
  await expect(chat.launcher).toBeVisible();
  await page.evaluate("history.pushState({}, '', '/помощь')");
  await expect(chat.launcher).toBeHidden();

  await page.goto(house.site.serve("/shown", html));
  await expect(chat.panel).toBeVisible();
});

test("a greeting on a page with its own buttons reserves no space for the launcher", async ({
  page,
  house,
}) => {
  const greeting = 'data-launcher="#buy" data-teaser="Can we help?" data-teaser-delay-ms="0"';
  await page.goto(house.site.serve("/bare", toPageWithWidget(house.bff.url, { attributes: greeting })));
  const teaser = page.locator(".teaser");
  await teaser.waitFor();
  expect(await teaser.evaluate((bubble) => innerWidth - bubble.getBoundingClientRect().right)).toBe(20);
});

test("the widget is shown if the code for hidden paths cannot be loaded", async ({ chat, house }) => {
  await chat.page.route(/\/(?:assets|v1)\/page-options/, (route) => route.abort());
  await chat.goto(
    house.site.serve("/no-file", toPageWithWidget(house.bff.url, { attributes: 'data-hide-on="/x"' })),
  );
  await expect(chat.launcher).toBeVisible();
});
