import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "./chat-test.ts";
import { FAR, regionOf, serveInline, TARGET } from "./inline-page.ts";
import { theSessionOf } from "./the-session-of.ts";

// The chat embedded in the page (mode `inline`): layout, unread messages, scrolling, focus and styles.

test("an inline chat fills its target without launcher, dialog or minimise button, keeps the page's focus and scroll position, and receives replies", async ({
  page,
  house,
  owner,
}) => {
  await page.goto(serveInline(house, "/inline"));
  const { region, composer, message } = regionOf(page);
  await expect(message(house.welcomeMessage)).toBeVisible();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(page.getByRole("button", { name: /^(Open|Close) chat|Minimise/ })).toHaveCount(0);
  await expect(page.locator("#search")).toBeFocused();
  expect(await page.evaluate(() => scrollY)).toBe(0);
  const [box, target] = [await region.boundingBox(), await page.locator("#chat").boundingBox()];
  expect(box).toEqual(target);
  expect(await page.evaluate("MailooChat('state').open")).toBe(true);

  await composer.fill("Is this a page?");
  await composer.press("Enter");
  await expect(message("Is this a page?")).toHaveAttribute("data-state", "sent");
  await composer.press("Escape");
  await page.evaluate("MailooChat('close')");
  await expect(region).toBeVisible();
  await expect(composer).toBeFocused();

  await owner.answer("Is this a page?", "A part of one.");
  await expect(message("A part of one.")).toBeVisible();
  await page.reload();
  await expect(message("A part of one.")).toBeVisible();
  await expect(page.locator("#search")).toBeFocused();
});

for (const [container, target, height] of [
  ["without a height", '<div id="chat"></div>', 600],
  [
    "in a column of a fixed height",
    '<div style="display:flex;flex-direction:column;height:430px"><b style="height:30px">Us</b><div id="chat" style="flex:1;min-height:0"></div></div>',
    400,
  ],
  ["with a large height", '<div id="chat" style="height:900px"></div>', 900],
  ["with a maximum height", '<div id="chat" style="max-height:300px"></div>', 300],
  ["with a small height", '<div id="chat" style="height:260px"></div>', 260],
  [
    "that is an inline element, such as a custom element",
    '<div style="height:500px"><span id="chat"></span></div>',
    500,
  ],
  [
    "in a row of a fixed height",
    '<div style="display:flex;height:450px"><b>Us</b><div id="chat" style="flex:1"></div></div>',
    450,
  ],
] as const) {
  test(`a container ${container} has a chat of ${height} pixels in height`, async ({ page, house }) => {
    await page.goto(serveInline(house, "/inline-height", { target }));
    const { region } = regionOf(page);
    await region.waitFor();
    await expect.poll(async () => (await region.boundingBox())?.height).toBe(height);
  });
}

test("the menu fits into a small chat", async ({ page, house }) => {
  const target = '<div id="chat" style="height:230px;width:260px"></div>';
  await page.goto(serveInline(house, "/inline-small", { target }));
  const { region, composer, message } = regionOf(page);
  await composer.fill("Is it small?");
  await composer.press("Enter");
  await expect(message("Is it small?")).toHaveAttribute("data-state", "sent");
  await region.getByRole("button", { name: "More options" }).click();
  const around = await region.boundingBox();
  const menu = await region.getByRole("menu").boundingBox();
  if (!around || !menu) throw new Error("no menu");
  expect(menu.x).toBeGreaterThanOrEqual(around.x);
  expect(menu.y + menu.height).toBeLessThanOrEqual(around.y + around.height);
  await region.getByRole("menuitem", { name: "End conversation" }).click();
  await expect(region.getByRole("alertdialog")).toBeVisible();
});

test("a chat below the fold loads one small file until it is near, and opens no socket and stores nothing until the visitor acts", async ({
  page,
  house,
}) => {
  const requests: string[] = [];
  const sockets: string[] = [];
  page.on("request", (request) => {
    if (request.url().startsWith(house.bff.url))
      requests.push(new URL(request.url()).pathname.replace(/-[\w-]{6}\.js$/, ""));
  });
  page.on("websocket", (socket) => sockets.push(socket.url()));
  await page.goto(serveInline(house, "/inline-far", { before: FAR }));
  await page.locator("mailoo-chat-widget").waitFor({ state: "attached" });
  await page.waitForLoadState("networkidle");
  const base = new URL(house.bff.baseUrl).pathname;
  expect(requests).toEqual(["/widget.js", "/assets/page-options"]);

  const { region, composer, message } = regionOf(page);
  await expect(region).toHaveCount(1);
  await page.locator("#chat").scrollIntoViewIfNeeded();
  await expect(message(house.welcomeMessage)).toBeVisible();
  await expect(region).toHaveCount(1);
  await page.waitForLoadState("networkidle");
  expect(requests.slice(2).sort()).toEqual(["/assets/core", `${base}/config`].sort());
  expect(sockets).toEqual([]);
  expect(await page.evaluate(() => [localStorage.length, sessionStorage.length])).toEqual([0, 0]);

  await composer.fill("Now I act");
  await composer.press("Enter");
  await expect(message("Now I act")).toHaveAttribute("data-state", "sent");
  await expect.poll(() => sockets.length).toBe(1);
  await expect(region).toBeVisible();
});

test("messages are unread while the chat is not visible, and read once it is", async ({ page, house }) => {
  await page.goto(serveInline(house, "/inline-unread"));
  const { composer, message } = regionOf(page);
  await composer.fill("I scroll on");
  await composer.press("Enter");
  await expect(message("I scroll on")).toHaveAttribute("data-state", "sent");
  const session = await theSessionOf(house.sandbox, "I scroll on");
  await page.evaluate(() => scrollTo(0, 2000));
  await expect(page.locator("#chat")).not.toBeInViewport();
  house.sandbox.reply(session, "Still here?");
  await expect.poll(() => page.evaluate("MailooChat('state').unread")).toBe(1);
  await expect(page).toHaveTitle(/1/);
  expect(await page.evaluate(() => scrollY)).toBe(2000);
  await page.evaluate(() => scrollTo(0, 0));
  await expect.poll(() => page.evaluate("MailooChat('state').unread")).toBe(0);
  await expect(page).toHaveTitle("Help");

  await page.evaluate("MailooChat('hide')");
  house.sandbox.reply(session, "And hidden?");
  await expect.poll(() => page.evaluate("MailooChat('state').unread")).toBe(1);
  await page.evaluate("MailooChat('show')");
  await expect.poll(() => page.evaluate("MailooChat('state').unread")).toBe(0);
});

test("the mouse wheel scrolls the page over a short history, and only the history if it is long", async ({
  page,
  house,
}) => {
  await page.goto(serveInline(house, "/inline-wheel"));
  const { region, composer, message } = regionOf(page);
  await expect(message(house.welcomeMessage)).toBeVisible();
  const box = await region.boundingBox();
  if (!box) throw new Error("no region");
  await page.mouse.move(box.x + 200, box.y + 250);
  await page.mouse.wheel(0, 100);
  await expect.poll(() => page.evaluate(() => scrollY)).toBe(100);
  await page.evaluate(() => scrollTo(0, 0));

  for (let line = 1; line <= 12; line++) {
    await composer.fill(`line ${line}\nand more`);
    await composer.press("Enter");
  }
  const log = region.getByRole("log");
  await expect.poll(() => log.evaluate((element) => element.scrollTop)).toBeGreaterThan(0);
  const before = await log.evaluate((element) => element.scrollTop);
  await page.mouse.move(box.x + 200, box.y + 250);
  await page.mouse.wheel(0, -100);
  await expect.poll(() => log.evaluate((element) => element.scrollTop)).toBeLessThan(before);
  await page.mouse.wheel(0, 2000);
  await page.mouse.wheel(0, 2000);
  await expect
    .poll(() =>
      log.evaluate(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight),
    )
    .toBeLessThan(2);
  expect(await page.evaluate(() => scrollY)).toBe(0);
});

test("a page button with a text moves the visitor to the text box", async ({ page, house }) => {
  await page.goto(
    serveInline(house, "/inline-button", {
      before: `<button data-mailoo-text="About order 4711">Ask</button>${FAR}`,
    }),
  );
  await page.getByRole("button", { name: "Ask" }).click();
  const { composer } = regionOf(page);
  await expect(composer).toHaveValue("About order 4711");
  await expect(composer).toBeFocused();
  await expect(composer).toBeInViewport();
});

test("[A11Y-1] the region has a name, can be left by Tab, and passes axe, also in forced colours", async ({
  page,
  house,
}) => {
  await page.emulateMedia({ forcedColors: "active", reducedMotion: "reduce" });
  await page.setViewportSize({ width: 390, height: 780 });
  await page.goto(serveInline(house, "/inline-a11y", { target: `${TARGET}<a href="#after">After</a>` }));
  const { region, composer, message } = regionOf(page);
  await expect(message(house.welcomeMessage)).toBeVisible();
  await composer.fill("By keyboard");
  await composer.press("Enter");
  await expect(message("By keyboard")).toHaveAttribute("data-state", "sent");
  // The send button is disabled while the text box is empty.
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "After" })).toBeFocused();
  await page.keyboard.press("Shift+Tab");
  await expect(composer).toBeFocused();
  await expect(region).toMatchAriaSnapshot(`
    - region "Chat":
      - heading "Chat" [level=2]
      - button "More options"
      - status
      - log "Conversation"
      - textbox "Message"
  `);
  const { violations } = await new AxeBuilder({ page }).include("#chat").analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
});

test("Escape closes a dialog around the chat, and the page's styles do not affect the chat", async ({
  page,
  house,
}) => {
  const target = `<dialog id="around"><div id="chat" style="height:400px;width:360px"></div></dialog>`;
  const head =
    "<style>*{all:unset!important;color:red!important}dialog[open]{display:block!important}#chat{display:block!important;height:400px!important}</style>";
  await page.goto(serveInline(house, "/inline-dialog", { target, head }));
  await page.evaluate(() => document.querySelector("dialog")?.showModal());
  const { region, composer } = regionOf(page);
  await expect.poll(async () => (await region.boundingBox())?.height).toBe(400);
  await expect(region.getByRole("heading")).toHaveCSS("color", "rgb(16, 23, 42)");
  await composer.focus();
  const received = page.evaluate(
    () => new Promise((resolve) => addEventListener("keydown", ({ key }) => resolve(key), { once: true })),
  );
  await page.keyboard.type("ab");
  await page.keyboard.press("Escape");
  expect(await received).toBe("Escape");
  await expect.poll(() => page.locator("#around").getAttribute("open")).toBeNull();
});

test("a conversation in an inline chat does not open the floating chat of another page", async ({
  chat,
  house,
}) => {
  const { page } = chat;
  await page.goto(serveInline(house, "/inline-there"));
  const { composer, message } = regionOf(page);
  await composer.fill("Only here");
  await composer.press("Enter");
  await expect(message("Only here")).toHaveAttribute("data-state", "sent");
  await chat.goto(house.pageUrl);
  await expect(chat.launcher).toHaveAccessibleName("Open chat");
  await chat.openPanel();
  await expect(chat.message("Only here")).toBeVisible();
});
