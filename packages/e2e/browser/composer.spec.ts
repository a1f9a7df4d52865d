import { expect, test } from "./chat-test.ts";
import { theSessionOf } from "./the-session-of.ts";

// The text box with real keys, input methods and pasted text.

test("an Enter that ends a composition sends nothing", async ({ chat, house }) => {
  const { page } = chat;
  const devtools = await page.context().newCDPSession(page);
  await chat.goto(house.pageUrl);
  await chat.openPanel();
  await chat.composer.focus();
  await devtools.send("Input.imeSetComposition", { text: "にほん", selectionStart: 3, selectionEnd: 3 });
  // Engines report a key handled by an input method like this.
  await devtools.send("Input.dispatchKeyEvent", {
    type: "rawKeyDown",
    key: "Enter",
    code: "Enter",
    windowsVirtualKeyCode: 229,
  });
  await devtools.send("Input.insertText", { text: "日本" });
  await expect(chat.composer).toHaveValue("日本");
  await expect(chat.messages).toHaveCount(0);

  await page.keyboard.press("Enter");
  await expect(chat.message("日本")).toHaveAttribute("data-state", "sent");
  await expect(chat.messages).toHaveCount(1);
});

test("in Safari the Enter that follows the end of a composition sends nothing", async ({ chat, house }) => {
  await chat.goto(house.pageUrl);
  await chat.openPanel();
  await chat.composer.fill("日本");
  const isTaken = await chat.composer.evaluate((box) => {
    box.dispatchEvent(new CompositionEvent("compositionstart", { bubbles: true }));
    box.dispatchEvent(new CompositionEvent("compositionend", { bubbles: true, data: "日本" }));
    const enter = { key: "Enter", code: "Enter", keyCode: 229, bubbles: true, cancelable: true };
    return !box.dispatchEvent(new KeyboardEvent("keydown", enter));
  });
  expect(isTaken).toBe(false);
  await expect(chat.composer).toHaveValue("日本");
  await expect(chat.messages).toHaveCount(0);
});

test("two Enters within 30 ms send once", async ({ chat, house }) => {
  await chat.goto(house.pageUrl);
  await chat.openPanel();
  await chat.composer.fill("Only once, please");
  await chat.composer.evaluate((box) => {
    const enter = () => {
      box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
    };
    enter();
    setTimeout(enter, 15);
  });
  await expect(chat.message("Only once, please")).toHaveAttribute("data-state", "sent");
  const session = await theSessionOf(house.sandbox, "Only once, please");
  await chat.send("And then another");
  await expect(chat.message("And then another")).toHaveAttribute("data-state", "sent");
  expect(house.sandbox.messages(session).map(({ content }) => content)).toEqual([
    "Only once, please",
    "And then another",
  ]);
});

test("[CONTENT-1] a pasted text of 3,900 units arrives unchanged, except for LF newlines", async ({
  chat,
  house,
  context,
}) => {
  const { page } = chat;
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const line = "👩‍👩‍👧‍👦 é e\u0301 ﷽  two  blanks\ttab 中文";
  const lines = Array.from({ length: 200 }, (_, index) => `${index}: ${line}`).join("\r\n");
  const text = `${lines.slice(0, 3_899)}!`;
  await chat.goto(house.pageUrl);
  await chat.openPanel();
  await page.evaluate((pasted) => navigator.clipboard.writeText(pasted), text);
  await chat.composer.press("ControlOrMeta+v");
  await chat.composer.press("Enter");
  const wanted = text.replaceAll("\r\n", "\n");
  await expect(chat.messages).toHaveAttribute("data-state", "sent");
  const session = await theSessionOf(house.sandbox, wanted);
  expect(house.sandbox.messages(session)).toHaveLength(1);
  expect(await chat.messages.locator("[dir=auto]").evaluate((element) => element.textContent)).toBe(wanted);
});

test("a text that is too long stays in the text box with an error until it is short enough", async ({
  chat,
  house,
}) => {
  await chat.goto(house.pageUrl);
  await chat.openPanel();
  const text = `${"x".repeat(4_000)}yz`;
  await chat.composer.fill(text);
  await chat.composer.press("Enter");
  await expect(chat.composer).toHaveValue(text);
  await expect(chat.composer).toHaveAttribute("aria-invalid", "true");
  await expect(chat.composer).toHaveAccessibleDescription("Characters over the limit: 2");
  await expect(chat.messages).toHaveCount(0);
  await chat.composer.press("Backspace");
  await chat.composer.press("Backspace");
  await chat.composer.press("Enter");
  await expect(chat.messages).toHaveAttribute("data-state", "sent");
});

test("Shift+Enter inserts a line break, and the sent message keeps its line breaks", async ({
  chat,
  house,
}) => {
  await chat.goto(house.pageUrl);
  await chat.openPanel();
  await chat.composer.pressSequentially("one");
  await chat.composer.press("Shift+Enter");
  await chat.composer.press("Shift+Enter");
  await chat.composer.pressSequentially("three");
  await chat.composer.press("Enter");
  await expect(chat.messages).toHaveAttribute("data-state", "sent");
  await theSessionOf(house.sandbox, "one\n\nthree");
});

test("the newest message stays visible while the text box grows, and new messages are followed", async ({
  chat,
  house,
}) => {
  const text = `To be followed\n${Array.from({ length: 60 }, (_, line) => `Line ${line}`).join("\n")}`;
  await chat.goto(house.pageUrl);
  await chat.openPanel();
  await chat.send(text);
  await expect(chat.messages).toHaveAttribute("data-state", "sent");
  const isAtEnd = () =>
    chat.history.evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight < 2);
  const heightOfBox = () => chat.composer.evaluate((box) => box.clientHeight);
  await expect.poll(isAtEnd).toBe(true);
  const before = await heightOfBox();
  await chat.composer.fill("one\ntwo\nthree\nfour\nfive");
  await expect.poll(heightOfBox).toBeGreaterThan(before + 60);
  await expect.poll(isAtEnd).toBe(true);
  await chat.composer.press("End");
  await chat.composer.pressSequentially(" six");
  await expect.poll(isAtEnd).toBe(true);
  await house.postReply(await theSessionOf(house.sandbox, text), "An answer");
  await chat.message("An answer").waitFor();
  await expect.poll(isAtEnd).toBe(true);

  await chat.composer.fill("x\n".repeat(50));
  await expect.poll(() => chat.composer.evaluate((box) => box.scrollHeight > box.clientHeight)).toBe(true);
  expect(await heightOfBox()).toBeLessThanOrEqual(140);
  await chat.composer.fill("");
  await expect.poll(heightOfBox).toBe(before);
});
