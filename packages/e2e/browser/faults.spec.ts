import { expect, test } from "./chat-test.ts";
import { theSessionOf } from "./the-session-of.ts";

for (const how of ["refuse", "hang", "close"] as const) {
  test(`[FALLBACK-1] two-way chat works within 15 s if upgrades fail: ${how}`, async ({
    chat,
    house,
    visitorLeg,
  }) => {
    await visitorLeg.network.set({ name: "no-upgrades", how });
    await chat.goto(visitorLeg.pageUrl);
    await chat.openPanel();
    const text = `No sockets here: ${how}`;
    await chat.send(text);
    const session = await theSessionOf(house.sandbox, text);
    house.sandbox.reply(session, "Then we poll");
    await expect(chat.message("Then we poll")).toBeVisible({ timeout: 15_000 });
    // The next message arrives at once, through a long poll.
    const repliedAtMs = performance.now();
    house.sandbox.reply(session, "And again");
    await chat.message("And again").waitFor();
    expect(performance.now() - repliedAtMs).toBeLessThan(2_000);
    expect(await chat.messages.count()).toBe(3);
  });
}

test("[DELIVERY-2] messages written offline survive a reload and are sent in order", async ({
  chat,
  house,
  visitorLeg,
}) => {
  const { network, pageUrl } = visitorLeg;
  await chat.goto(pageUrl);
  await chat.openPanel();
  await chat.send("Before the cut");
  await expect(chat.message("Before the cut")).toHaveAttribute("data-state", "sent");
  const session = await theSessionOf(house.sandbox, "Before the cut");

  await network.set({ name: "reset" });
  for (const text of ["First of three", "Second of three", "Third of three"]) await chat.send(text);
  await expect(chat.message("Third of three")).toHaveAttribute("data-state", /^(waiting|sending)$/);

  await network.heal();
  // The reload may find them sent or still waiting; the result must be the same.
  await chat.page.reload();
  await chat.openPanel();
  for (const text of ["First of three", "Second of three", "Third of three"]) {
    await expect(chat.message(text)).toHaveAttribute("data-state", "sent", { timeout: 20_000 });
  }
  expect(house.sandbox.messages(session).map(({ content }) => content)).toEqual([
    "Before the cut",
    "First of three",
    "Second of three",
    "Third of three",
  ]);
  expect(await chat.messages.count()).toBe(4);
});

test("a permanently refused message is shown as failed, survives a reload, and can be retried", async ({
  chat,
  house,
}) => {
  test.setTimeout(90_000);
  await chat.goto(house.pageUrl);
  await chat.openPanel();
  const refusal = {
    status: 400,
    headers: { "access-control-allow-origin": "*", "content-type": "application/problem+json" },
    body: JSON.stringify({
      type: "about:blank",
      title: "No",
      status: 400,
      code: "invalid_request",
      requestId: "1",
    }),
  };
  await chat.page.route("**/submit", (route) => route.fulfill(refusal));
  await chat.send("Try this one twice");
  await expect(chat.message("Try this one twice")).toHaveAttribute("data-state", "failed");
  await chat.page.reload();
  await chat.openPanel();
  const failed = chat.message("Try this one twice");
  await expect(failed).toHaveAttribute("data-state", "failed");
  await chat.page.unroute("**/submit");
  await failed.getByRole("button", { name: "Retry" }).click();
  // A restarted BFF does not know the first attempt, and waits until it can no longer arrive.
  await expect(failed).toHaveAttribute("data-state", "sent", { timeout: 30_000 });
  const session = await theSessionOf(house.sandbox, "Try this one twice");
  expect(house.sandbox.messages(session)).toHaveLength(1);
  expect(await chat.messages.count()).toBe(1);
});

for (const fault of ["acceptThenFail", "acceptThenReset"] as const) {
  test(`[DELIVERY-1] the platform has a message once although two responses are lost, with a reload in between: ${fault}`, async ({
    chat,
    house,
  }) => {
    test.setTimeout(60_000);
    const { sandbox } = house;
    await chat.goto(house.pageUrl);
    await chat.openPanel();
    await chat.send(`Opening ${fault}`);
    await expect(chat.message(`Opening ${fault}`)).toHaveAttribute("data-state", "sent");
    const session = await theSessionOf(sandbox, `Opening ${fault}`);

    // Slow enough for a reload during the send.
    sandbox.faults.set({ [fault]: 2, latencyMs: 300 });
    await chat.send(`Once and once only ${fault}`);
    await chat.page.reload();
    await chat.openPanel();
    const bubble = chat.message(`Once and once only ${fault}`);
    await expect(bubble).toHaveAttribute("data-state", "sent", { timeout: 40_000 });
    await expect(bubble).toHaveCount(1);
    expect(sandbox.messages(session).map(({ content }) => content)).toEqual([
      `Opening ${fault}`,
      `Once and once only ${fault}`,
    ]);
  });
}

test("[DELIVERY-4] 250 messages added during a network cut arrive after it, in order, without a reload", async ({
  chat,
  house,
  visitorLeg,
}) => {
  const { network, pageUrl } = visitorLeg;
  await chat.goto(pageUrl);
  await chat.openPanel();
  await chat.send("Tell me all");
  await expect(chat.message("Tell me all")).toHaveAttribute("data-state", "sent");
  const session = await theSessionOf(house.sandbox, "Tell me all");
  house.sandbox.reply(session, "Listen:");
  await chat.message("Listen:").waitFor();
  await chat.page.evaluate(() => Object.assign(window, { neverReloaded: true }));

  await network.set({ name: "reset" });
  house.sandbox.addMessages(session, 250, { content: "Chapter {n}." });
  await network.heal();
  // Emitted by a browser that is online again.
  await chat.page.evaluate(() => window.dispatchEvent(new Event("online")));
  await expect(chat.messages).toHaveCount(252, { timeout: 10_000 });
  const chapters = (await chat.texts()).map((text) => /Chapter (\d+)\./.exec(text)?.[1]).slice(2);
  const expected = house.sandbox
    .messages(session)
    .slice(2)
    .map(({ content }) => /\d+/.exec(content)?.[0]);
  expect(chapters).toEqual(expected);
  expect(await chat.page.evaluate(() => "neverReloaded" in window)).toBe(true);
});

test("[DELIVERY-5] twenty network cuts cause no growth of the page or its storage", async ({
  chat,
  house,
  visitorLeg,
}) => {
  const { network, pageUrl } = visitorLeg;
  await chat.goto(pageUrl);
  await chat.openPanel();
  await chat.send("Cut me");
  const session = await theSessionOf(house.sandbox, "Cut me");
  const measure = () =>
    chat.page.evaluate(() => {
      const count = (root: Document | ShadowRoot | Element): number =>
        [...root.querySelectorAll("*")].reduce(
          (sum, element) => sum + 1 + (element.shadowRoot ? count(element.shadowRoot) : 0),
          0,
        );
      const stored = Object.entries(localStorage).reduce(
        (sum, [key, value]) => sum + key.length + value.length,
        0,
      );
      return { elements: count(document), stored, keys: localStorage.length };
    });
  /** Cuts and restores the network, then waits until a reply arrives again. */
  const cycle = async (word: string) => {
    await network.set({ name: "reset" });
    house.sandbox.reply(session, word);
    await network.heal();
    // A browser emits this event when the network is back; the proxy cannot.
    await chat.page.evaluate(() => window.dispatchEvent(new Event("online")));
    await chat.message(word).waitFor();
  };

  await cycle("Warm-up.");
  const before = await measure();
  for (let round = 1; round <= 20; round += 1) await cycle(`Round ${round}.`);
  await expect(chat.messages).toHaveCount(22);
  const after = await measure();
  const perMessage = (await chat.message("Round 20.").locator("*").count()) + 1;
  // Twenty more messages, at most one wrapper for each, and nothing else.
  expect(after.elements - before.elements).toBeLessThanOrEqual(20 * (perMessage + 1));
  expect(after.keys).toBe(before.keys);
  expect(Math.abs(after.stored - before.stored)).toBeLessThan(200);
});

test("a notice is shown while the connection is lost and removed when it is back", async ({
  chat,
  house,
  visitorLeg,
}) => {
  const { network, pageUrl } = visitorLeg;
  await chat.goto(pageUrl);
  await chat.openPanel();
  await chat.send("Are you there?");
  await expect(chat.message("Are you there?")).toHaveAttribute("data-state", "sent");
  const notice = chat.panel.getByRole("status");
  const quiet = (await notice.allTextContents()).join("");
  await network.set({ name: "reset" });
  await expect
    .poll(async () => (await notice.allTextContents()).join(""), { timeout: 14_000 })
    .not.toBe(quiet);
  await network.heal();
  await expect.poll(async () => (await notice.allTextContents()).join(""), { timeout: 15_000 }).toBe(quiet);
  house.sandbox.reply(await theSessionOf(house.sandbox, "Are you there?"), "Here again");
  await expect(chat.message("Here again")).toBeVisible();
});
