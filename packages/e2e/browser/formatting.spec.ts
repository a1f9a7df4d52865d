import type { Locator } from "@playwright/test";
import type { ChatPage } from "./chat-page.ts";
import { expect, type House, test } from "./chat-test.ts";
import { toPageWithWidget } from "./page-with-widget.ts";
import { theSessionOf } from "./the-session-of.ts";

// Formatting of the owner's messages, on a page with the strictest policy.

const LONG_LINE = `npm install ${"a-package-with-a-long-name ".repeat(10)}`;

test("[CHAT-1] the visitor sees the owner's formatting under the strictest policy", async ({
  chat,
  house,
  owner,
}) => {
  const problems = await gotoStrictPage(chat, house);
  const fetched: string[] = [];
  chat.page.on("request", (request) => fetched.push(request.url()));
  await chat.openPanel();
  await chat.send("**Is** it far?");
  await expect(chat.message("**Is** it far?")).toHaveAttribute("data-state", "sent");
  await owner.choose("**Is** it far?");
  await owner.reply("No stars.");
  await expect(chat.message("No stars.")).toBeVisible();
  expect(fetched.filter((url) => /format-text|find-links/.test(url))).toEqual([]);

  await owner.reply("It is **near**, *really*: see [the map](https://example.com/map) or `north_by_west`.");
  const message = chat.message("It is near");
  await expect(message.locator("strong")).toHaveText("near");
  await expect(message.locator("em")).toHaveText("really");
  await expect(message.locator("code")).toHaveText("north_by_west");
  const link = message.getByRole("link", { name: "the map" });
  await expect(link).toHaveAttribute("href", "https://example.com/map");
  await expect(link).toHaveAttribute("rel", "noopener noreferrer");
  // Bold text must really be bolder.
  expect(await weightOf(message.locator("strong"))).toBeGreaterThan(await weightOf(message.locator("em")));
  expect(problems).toEqual([]);
  expect(house.site.reports).toEqual([]);
});

test("hostile text from an owner's account creates no script, no image and no disguised link", async ({
  chat,
  house,
}) => {
  const problems = await gotoStrictPage(chat, house);
  const session = await begin(chat, house, "Who are you?");
  const dialogs: string[] = [];
  chat.page.on("dialog", (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  const requests: string[] = [];
  chat.page.on("request", (request) => requests.push(request.url()));
  house.sandbox.reply(
    session,
    [
      "[https://bank.example](https://evil.example/bank.example)",
      "[run](javascript:alert(1)) [data](data:text/html,<script>alert(1)</script>)",
      "![picture](https://evil.example/pixel.png) **<img src=x onerror=alert(1)>**",
      "[**](javascript:alert(1))** `<svg onload=alert(1)>`",
    ].join("\n"),
  );
  const message = chat.message("run");
  await expect(message.getByRole("link")).toHaveCount(2);
  await expect(message.getByRole("link").first()).toHaveAccessibleName("https://bank.example (evil.example)");
  await expect(message).toContainText(
    "[run](javascript:alert(1)) [data](data:text/html,<script>alert(1)</script>)",
  );
  await expect(message.locator(".bubble").locator("img, svg, script")).toHaveCount(0);
  expect(requests.filter((url) => url.includes("evil"))).toEqual([]);
  expect(dialogs).toEqual([]);
  expect(problems).toEqual([]);
  expect(house.site.reports).toEqual([]);
});

test("lists, code and long words stay within their bubble, and only code scrolls, also by keyboard", async ({
  chat,
  house,
}) => {
  await chat.goto(house.pageUrl);
  const session = await begin(chat, house, "How do I install it?");
  house.sandbox.reply(
    session,
    `\`\`\`\nshort\n\`\`\`\n- ${"word".repeat(100)}\n\n\`\`\`\n${LONG_LINE}\n\`\`\``,
  );
  const message = chat.message("short");
  const code = message.locator("pre");
  await expect(code).toHaveCount(2);
  expect(await chat.history.evaluate((log) => log.scrollWidth - log.clientWidth)).toBeLessThanOrEqual(0);
  const bubble = await toBox(message.locator(".bubble"));
  for (const part of await message.locator("pre, li").all()) {
    const box = await toBox(part);
    expect(box.x).toBeGreaterThanOrEqual(bubble.x);
    expect(box.x + box.width).toBeLessThanOrEqual(bubble.x + bubble.width + 0.5);
  }
  await expect(code.last()).toHaveAttribute("tabindex", "0");
  await expect(code.first()).not.toHaveAttribute("tabindex");
  await code.last().focus();
  await chat.page.keyboard.press("ArrowRight");
  await expect.poll(() => code.last().evaluate((element) => element.scrollLeft)).toBeGreaterThan(0);

  // Code that fits its bubble is not in the tab order.
  await chat.panel.evaluate((panel) => panel.style.setProperty("width", "4000px"));
  await expect(code.last()).not.toHaveAttribute("tabindex");
});

test("the newest message stays visible when formatting increases its height", async ({ chat, house }) => {
  const late = Promise.withResolvers<void>();
  await chat.page.route("**/assets/format-text-*", async (route) => {
    await late.promise;
    await route.continue();
  });
  await chat.goto(house.pageUrl);
  const session = await begin(chat, house, "Tell me everything.");
  for (let part = 1; part < 12; part += 1) house.sandbox.reply(session, `Part ${part}\nof everything`);
  house.sandbox.reply(session, Array.from({ length: 8 }, (_, step) => `Step **${step}**\n\n`).join(""));
  const last = chat.message("Step");
  await expect(last).toContainText("**7**");
  const before = (await toBox(last)).height;
  late.resolve();
  await expect(last.locator("strong")).toHaveCount(8);
  expect((await toBox(last)).height).not.toBe(before);
  await expect
    .poll(() => chat.history.evaluate((log) => log.scrollHeight - log.clientHeight - log.scrollTop))
    .toBeLessThan(2);
});

test("paragraphs and list markers follow the direction of their text, and code is left to right", async ({
  chat,
  house,
}) => {
  await chat.goto(house.pageUrl);
  const session = await begin(chat, house, "مرحبا؟");
  house.sandbox.reply(session, "**أهلا** بك\n\nWelcome\n\n- أول `a.b(c)`\n- second");
  const message = chat.message("Welcome");
  await expect(message.locator("li")).toHaveCount(2);
  expect(
    await message
      .locator("p, li, code")
      .evaluateAll((all) => all.map((one) => getComputedStyle(one).direction)),
  ).toEqual(["rtl", "ltr", "rtl", "ltr", "ltr"]);
  const bubble = await toBox(message.locator(".bubble"));
  const first = await toBox(message.locator("li").first());
  const second = await toBox(message.locator("li").last());
  // The list marker needs space at the start of the text.
  expect(bubble.x + bubble.width - (first.x + first.width)).toBeGreaterThan(25);
  expect(second.x - bubble.x).toBeGreaterThan(25);
});

test("copied text keeps its lines and has no markers", async ({ chat, house }) => {
  await chat.goto(house.pageUrl);
  const session = await begin(chat, house, "May I copy this?");
  house.sandbox.reply(session, "**Yes:**\n- one\n- two\n\n```\nthree\n  four\n```");
  const message = chat.message("Yes:");
  await expect(message.locator("li")).toHaveCount(2);
  const copied = await message.locator(".bubble").evaluate((bubble) => {
    getSelection()?.selectAllChildren(bubble);
    return `${getSelection()}`;
  });
  expect(copied.split(/\n+/)).toEqual(["Yes:", "one", "two", "three", "  four"]);
});

test("the preview beside the launcher has no markers", async ({ chat, house }) => {
  await chat.goto(house.pageUrl);
  const session = await begin(chat, house, "I will look away.");
  await chat.page.keyboard.press("Escape");
  house.sandbox.reply(session, "We have **two**:\n- [red](https://example.com)\n- `blue`");
  await expect(chat.page.getByRole("button", { name: /New message/ })).toContainText(
    /We have two:\s+• red\s+• blue/,
  );
});

test("a page with formatting switched off shows texts as written and loads no formatter", async ({
  chat,
  house,
}) => {
  const fetched: string[] = [];
  chat.page.on("request", (request) => fetched.push(request.url()));
  await chat.goto(
    house.site.serve(
      "/unformatted",
      toPageWithWidget(house.bff.url, { attributes: 'data-formatting="off"' }),
    ),
  );
  const session = await begin(chat, house, "Plainly, please.");
  house.sandbox.reply(session, "**As** it is");
  await expect(chat.message("**As** it is")).toBeVisible();
  expect(fetched.filter((url) => url.includes("format-text"))).toEqual([]);
});

async function gotoStrictPage(chat: ChatPage, house: House): Promise<readonly string[]> {
  const policy = [
    "default-src 'none'",
    `script-src ${house.bff.url}`,
    `connect-src ${house.bff.url} ${house.bff.url.replace("http", "ws")}`,
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
    "report-uri /reports",
  ].join("; ");
  const problems: string[] = [];
  chat.page.on("console", (line) => {
    if (line.type() === "error" || line.type() === "warning") problems.push(line.text());
  });
  chat.page.on("pageerror", ({ message }) => problems.push(message));
  await chat.goto(
    house.site.serve(
      "/strict-formatting",
      toPageWithWidget(house.bff.url, { headers: { "content-security-policy": policy } }),
    ),
  );
  return problems;
}

async function begin(chat: ChatPage, house: House, text: string): Promise<string> {
  await chat.openPanel();
  await chat.send(text);
  await expect(chat.message(text)).toHaveAttribute("data-state", "sent");
  return theSessionOf(house.sandbox, text);
}

function weightOf(element: Locator): Promise<number> {
  return element.evaluate((one) => Number(getComputedStyle(one).fontWeight));
}

async function toBox(element: Locator) {
  const box = await element.boundingBox();
  if (!box) throw new Error("not visible");
  return box;
}
