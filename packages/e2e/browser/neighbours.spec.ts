import type { Page } from "@playwright/test";
import type { ChatPage } from "./chat-page.ts";
import { expect, type House, test } from "./chat-test.ts";
import { toPageWithWidget } from "./page-with-widget.ts";
import { theSessionOf } from "./the-session-of.ts";

// Other code on the page: old libraries, translators, extensions.

/** Changes that some libraries make to prototypes, functions and objects. */
const POLLUTION = `<script>
  Array.prototype.toJSON = function () { return "[" + this.join("; ") + "]"; };
  Array.prototype.last = function () { return this[this.length - 1]; };
  Object.prototype.extend = function () { return this; };
  const [fetchBefore, stringifyBefore] = [window.fetch, JSON.stringify];
  window.fetch = function (...args) { return fetchBefore.apply(window, args).then((answer) => answer); };
  JSON.stringify = function (...args) { return stringifyBefore.apply(JSON, args); };
  delete Crypto.prototype.randomUUID;
  for (const name of Object.keys(console)) console[name] = () => { throw new Error("no console"); };
</script>`;

const TO_THE_LETTER = 'One  two 👩‍👩‍👧‍👦 "three" <b>&amp;</b> \\n {n} ٣';

test("messages are sent and received unchanged on a page whose libraries have modified built-in objects", async ({
  chat,
  house,
}) => {
  const errors = errorsOf(chat.page);
  await chat.goto(house.site.serve("/polluted", toPageWithWidget(house.bff.url, { head: POLLUTION })));
  await chat.openPanel();
  await chat.send(TO_THE_LETTER);
  await expect(chat.message("One")).toHaveAttribute("data-state", "sent");
  const session = await theSessionOf(house.sandbox, TO_THE_LETTER);
  house.sandbox.reply(session, `Reply: ${TO_THE_LETTER}`);
  const reply = chat.messages.and(chat.page.locator('[data-author="owner"]'));
  await expect(reply.locator("[dir=auto]")).toHaveText(`Reply: ${TO_THE_LETTER}`, { useInnerText: true });
  await chat.page.reload();
  await chat.openPanel();
  await expect(chat.messages).toHaveCount(2);
  await chat.send("Again");
  await expect(chat.message("Again")).toHaveAttribute("data-state", "sent");
  expect(house.sandbox.messages(session).map(({ content }) => content)).toEqual([
    TO_THE_LETTER,
    `Reply: ${TO_THE_LETTER}`,
    "Again",
  ]);
  expect(errors).toEqual([]);
});

test("a translator that wraps every text in elements does not affect sent or shown messages", async ({
  chat,
  house,
}) => {
  const { page } = chat;
  const errors = errorsOf(page);
  await chat.goto(house.pageUrl);
  await chat.openPanel();
  await page.evaluate(() => {
    const root = document.querySelector("mailoo-chat-widget")?.shadowRoot as ShadowRoot;
    const translate = () => {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      const texts: Text[] = [];
      while (walker.nextNode()) texts.push(walker.currentNode as Text);
      for (const text of texts) {
        if (!text.data.trim() || text.parentElement?.localName === "font") continue;
        const inner = document.createElement("font");
        const outer = document.createElement("font");
        outer.append(inner);
        text.replaceWith(outer);
        // A new text node: Preact's updates of the previous one are not visible.
        inner.textContent = text.data;
      }
    };
    translate();
    new MutationObserver(translate).observe(root, { childList: true, subtree: true, characterData: true });
  });
  await expect(chat.panel.locator("font").first()).toBeAttached();
  await converse(chat, house);
  for (const [length, hint] of [
    [3_990, "Characters left: 10"],
    [3_991, "Characters left: 9"],
    [4_001, "Characters over the limit: 1"],
    [1, ""],
  ] as const) {
    await chat.composer.fill("x".repeat(length));
    await expect(chat.panel.locator("#hint")).toHaveText(hint);
  }
  expect(errors).toEqual([]);
});

test("elements that extensions add to the panel and the page are kept and cause no errors", async ({
  chat,
  house,
}) => {
  const { page } = chat;
  const errors = errorsOf(page);
  await chat.goto(house.pageUrl);
  await chat.openPanel();
  await page.evaluate(() => {
    const root = document.querySelector("mailoo-chat-widget")?.shadowRoot as ShadowRoot;
    for (const element of Array.from(root.querySelectorAll("div, form, header, p, button"))) {
      element.prepend(document.createElement("some-extension"));
      element.append(document.createElement("some-extension"));
      element.setAttribute("data-extension", "1");
    }
    root.prepend(document.createElement("some-extension"));
    document.documentElement.append(document.createElement("some-extension"));
    document.body.append(document.createElement("some-extension"));
  });
  await converse(chat, house);
  await expect(page.locator("html > some-extension")).toHaveCount(1);
  expect(errors).toEqual([]);
});

/** Sends, receives, closes, opens, fails and retries, so that every part of the panel is rendered again. */
async function converse(chat: ChatPage, house: House): Promise<void> {
  const { page } = chat;
  const mark = `${Math.random()}`;
  await chat.send(`One ${mark}`);
  await expect(chat.message(`One ${mark}`)).toHaveAttribute("data-state", "sent");
  const session = await theSessionOf(house.sandbox, `One ${mark}`);
  house.sandbox.reply(session, "Two");
  await expect(chat.message("Two")).toBeVisible();
  await page.keyboard.press("Escape");
  house.sandbox.reply(session, "Three");
  await expect(chat.launcher).toHaveAccessibleName("Open chat, 1 unread message");
  await chat.openPanel();
  await expect(chat.launcher).toHaveAccessibleName("Close chat");
  await page.route("**/submit", (route) => route.fulfill({ status: 400, body: "{}" }));
  await chat.send("Four");
  await expect(chat.message("Four")).toHaveAttribute("data-state", "failed");
  await page.unroute("**/submit");
  await chat.message("Four").getByRole("button", { name: "Retry" }).click();
  // A BFF that has just started waits for messages that its predecessor may have sent.
  await expect(chat.message("Four")).toHaveAttribute("data-state", "sent", { timeout: 20_000 });
  expect(house.sandbox.messages(session).map(({ content }) => content)).toEqual([
    `One ${mark}`,
    "Two",
    "Three",
    "Four",
  ]);
  await expect(chat.messages).toHaveCount(4);
}

function errorsOf(page: Page): readonly string[] {
  const errors: string[] = [];
  page.on("pageerror", ({ message }) => errors.push(message));
  return errors;
}
