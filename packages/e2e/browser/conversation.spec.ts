import { expect, test } from "./chat-test.ts";
import { theSessionOf } from "./the-session-of.ts";

test("[CHAT-1] [A11Y-1] a visitor writes, the owner answers, the visitor sees it", async ({
  chat,
  house,
}) => {
  await chat.goto(house.pageUrl);
  await expect(chat.launcher).toHaveAccessibleName("Open chat");
  await chat.openPanel();
  await expect(chat.panel.getByText(house.welcomeMessage)).toBeVisible();

  await chat.send("Do you ship to Iceland?");
  await expect(chat.message("Do you ship to Iceland?")).toHaveAttribute("data-state", "sent");
  await expect(chat.message("Do you ship to Iceland?")).toHaveAttribute("data-author", "visitor");

  const session = await theSessionOf(house.sandbox, "Do you ship to Iceland?");
  house.sandbox.reply(session, "We do, by boat.");
  await expect(chat.message("We do, by boat.")).toHaveAttribute("data-author", "owner");
  expect(await chat.messages.count()).toBe(2);
});

test("[CHAT-1] the owner answers in the console's own page, and both see it live", async ({
  chat,
  house,
  owner,
}) => {
  await chat.goto(house.pageUrl);
  await chat.openPanel();
  await chat.send("Is the blue one left?");
  // The console hears of a new conversation without being reloaded.
  await owner.choose("Is the blue one left?");
  await expect(owner.history).toContainText("Is the blue one left?");
  await owner.reply("The last one is yours.");
  await expect(chat.message("The last one is yours.")).toHaveAttribute("data-author", "owner");
  await chat.send("Thank you!");
  await expect(owner.history).toContainText("Thank you!");
  expect(await chat.messages.count()).toBe(3);
});

test("[CHAT-3] a reload and a second page continue the same session", async ({ chat, house }) => {
  await chat.goto(house.pageUrl);
  await chat.openPanel();
  await chat.send("Before the reload");
  const session = await theSessionOf(house.sandbox, "Before the reload");

  await chat.page.reload();
  // In a conversation the panel is as open as it was.
  await expect(chat.launcher).toHaveAccessibleName("Close chat");
  await expect(chat.message("Before the reload")).toHaveAttribute("data-state", "sent");
  await chat.send("After the reload");
  await expect(chat.message("After the reload")).toHaveAttribute("data-state", "sent");

  await chat.goto(`${house.site.origin}/second`);
  house.sandbox.reply(session, "Still here");
  await expect(chat.message("Still here")).toBeVisible();
  const contents = house.sandbox.messages(session).map(({ content }) => content);
  expect(contents).toEqual(["Before the reload", "After the reload", "Still here"]);
  expect(await chat.messages.count()).toBe(3);
});

test("replies that come while the panel is closed are counted on the launcher", async ({ chat, house }) => {
  await chat.goto(house.pageUrl);
  await chat.openPanel();
  await chat.send("I will look elsewhere meanwhile");
  const session = await theSessionOf(house.sandbox, "I will look elsewhere meanwhile");
  await expect(chat.message("I will look elsewhere meanwhile")).toHaveAttribute("data-state", "sent");
  await chat.page.keyboard.press("Escape");
  await expect(chat.panel).toBeHidden();
  house.sandbox.reply(session, "One");
  house.sandbox.reply(session, "Two");
  await expect(chat.launcher).toHaveAccessibleName("Open chat, 2 unread messages");
  await chat.openPanel();
  await expect(chat.message("Two")).toBeVisible();
  await chat.page.keyboard.press("Escape");
  await expect(chat.launcher).toHaveAccessibleName("Open chat");
});

test("[CHAT-2] a reply is on the visitor's page within 150 ms at the median", async ({ chat, house }) => {
  test.setTimeout(90_000);
  await chat.goto(house.pageUrl);
  await chat.openPanel();
  await chat.send("How fast are you?");
  await expect(chat.message("How fast are you?")).toHaveAttribute("data-state", "sent");
  const session = await theSessionOf(house.sandbox, "How fast are you?");
  house.sandbox.reply(session, "Warming up");
  await chat.message("Warming up").waitFor();

  /** The median of 21 replies, in milliseconds. */
  const measure = async (batch: number) => {
    const tookMs: number[] = [];
    for (let round = 1; round <= 21; round += 1) {
      const text = `Reply number ${batch}.${round}.`;
      // The page itself takes the time at which the text stands in its DOM: both clocks are this machine's.
      const seenAtMs = chat.panel.evaluate(whenShown, text);
      // The observer stands once a later call of the same page has been answered.
      await chat.page.evaluate(() => {});
      const postedAtMs = Date.now();
      await house.postReply(session, text);
      tookMs.push((await seenAtMs) - postedAtMs);
    }
    tookMs.sort((a, b) => a - b);
    console.log(`reply POST to visitor's DOM: median ${tookMs[10]} ms, slowest ${tookMs.at(-1)} ms`);
    return tookMs[10] ?? Number.POSITIVE_INFINITY;
  };

  // A machine that has much else to do at the moment gets two more chances.
  let medianMs = Number.POSITIVE_INFINITY;
  for (let batch = 1; batch <= 3 && medianMs >= 150; batch += 1) medianMs = await measure(batch);
  expect(medianMs).toBeLessThan(150);
});

/** Runs in the page: resolves with the time at which a text stands in the panel. */
function whenShown(panel: Element, text: string): Promise<number> {
  return new Promise((resolve) => {
    const look = () => {
      if (!panel.textContent?.includes(text)) return;
      observer.disconnect();
      resolve(Date.now());
    };
    const observer = new MutationObserver(look);
    observer.observe(panel, { childList: true, subtree: true, characterData: true });
    look();
  });
}

test("two tabs share one conversation", async ({ chat, house, context }) => {
  await chat.goto(house.pageUrl);
  await chat.openPanel();
  await chat.send("From the first tab");
  await expect(chat.message("From the first tab")).toHaveAttribute("data-state", "sent");
  const session = await theSessionOf(house.sandbox, "From the first tab");

  const second = house.chatOn(await context.newPage());
  await second.goto(house.pageUrl);
  await expect(second.panel).toBeHidden();
  await second.openPanel();
  await expect(second.message("From the first tab")).toHaveAttribute("data-state", "sent");
  await second.send("From the second tab");
  await expect(chat.message("From the second tab")).toHaveAttribute("data-state", "sent");
  house.sandbox.reply(session, "To both");
  await expect(chat.message("To both")).toBeVisible();
  await expect(second.message("To both")).toBeVisible();
  expect(await chat.messages.count()).toBe(3);
  expect(await second.messages.count()).toBe(3);
});

test("[TABS-1] [SEND-4] first messages of two tabs in the same moment open one session", async ({
  chat,
  house,
  context,
}) => {
  const second = house.chatOn(await context.newPage());
  for (const tab of [chat, second]) {
    await tab.goto(house.pageUrl);
    await tab.openPanel();
  }
  await Promise.all([chat.composer.fill("Left hand"), second.composer.fill("Right hand")]);
  await Promise.all([chat.composer.press("Enter"), second.composer.press("Enter")]);
  await expect(chat.message("Right hand")).toHaveAttribute("data-state", "sent");
  await expect(second.message("Left hand")).toHaveAttribute("data-state", "sent");
  const session = await theSessionOf(house.sandbox, "Left hand");
  expect(
    house.sandbox
      .messages(session)
      .map(({ content }) => content)
      .sort(),
  ).toEqual(["Left hand", "Right hand"]);
});
