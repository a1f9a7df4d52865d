import { expect, test } from "./chat-test.ts";
import { theSessionOf } from "./the-session-of.ts";

test("[CHAT-1] [A11Y-1] the visitor receives the owner's reply to a message", async ({ chat, house }) => {
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

test("[CHAT-1] the owner replies in the console, and both sides update live", async ({
  chat,
  house,
  owner,
}) => {
  await chat.goto(house.pageUrl);
  await chat.openPanel();
  await chat.send("Is the blue one left?");
  // The console shows a new conversation without a reload.
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
  // In a conversation the panel keeps its open state.
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

test("the launcher counts replies that arrive while the panel is closed", async ({ chat, house }) => {
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

test("[CHAT-2] a reply reaches the visitor's page within 150 ms at the median", async ({ chat, house }) => {
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
      // The page records when its DOM contains the text; both clocks are this machine's.
      const seenAtMs = chat.panel.evaluate(whenShown, text);
      // Once a later call of the same page has returned, the observer is installed.
      await chat.page.evaluate(() => {});
      const postedAtMs = Date.now();
      await house.postReply(session, text);
      tookMs.push((await seenAtMs) - postedAtMs);
    }
    tookMs.sort((a, b) => a - b);
    console.log(`reply POST to visitor's DOM: median ${tookMs[10]} ms, slowest ${tookMs.at(-1)} ms`);
    return tookMs[10] ?? Number.POSITIVE_INFINITY;
  };

  // A busy machine gets two more attempts.
  let medianMs = Number.POSITIVE_INFINITY;
  for (let batch = 1; batch <= 3 && medianMs >= 150; batch += 1) medianMs = await measure(batch);
  expect(medianMs).toBeLessThan(150);
});

/** Runs in the page: resolves with the time at which the panel shows a text. */
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

test("[TABS-1] [SEND-4] simultaneous first messages of two tabs open one session", async ({
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
