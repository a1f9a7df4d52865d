import { expect, test } from "./chat-test.ts";
import { theSessionOf } from "./the-session-of.ts";

// The site's storage may be forbidden, full or corrupted: the conversation does not depend on it.

/** Each runs in the page before any other script. */
const STORAGE_FAULTS: Readonly<Record<string, (key: string) => void>> = {
  "is forbidden": () => {
    for (const name of ["localStorage", "sessionStorage"]) {
      Object.defineProperty(window, name, {
        get() {
          throw new DOMException("denied", "SecurityError");
        },
      });
    }
  },
  "is full": () => {
    Storage.prototype.setItem = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
  },
  "holds truncated JSON": (key) => {
    for (const suffix of ["", "#ui", "#read", "#draft"]) localStorage.setItem(key + suffix, '{"v":1,"tok');
  },
  "holds another version's data": (key) => {
    for (const suffix of ["", "#ui", "#read", "#outbox", "#send-1"]) {
      localStorage.setItem(key + suffix, '{"v":99,"token":{"a":[1]},"visitorKey":7}');
    }
  },
  "holds JSON that is not an object": (key) => {
    for (const [index, suffix] of ["", "#ui", "#read", "#lead"].entries()) {
      localStorage.setItem(key + suffix, ["null", "[1]", '"text"', "7"][index] ?? "");
    }
  },
};

for (const [trouble, make] of Object.entries(STORAGE_FAULTS)) {
  test(`a conversation works if storage ${trouble}`, async ({ chat, house }) => {
    const errors: string[] = [];
    chat.page.on("pageerror", ({ message }) => errors.push(message));
    await chat.page.addInitScript(make, `mailoo-chat:${house.bff.baseUrl}`);
    await chat.goto(house.pageUrl);
    await chat.openPanel();
    await chat.send(`Storage ${trouble}`);
    await expect(chat.message(`Storage ${trouble}`)).toHaveAttribute("data-state", "sent");
    const session = await theSessionOf(house.sandbox, `Storage ${trouble}`);
    house.sandbox.reply(session, "I hear you");
    await expect(chat.message("I hear you")).toBeVisible();
    await chat.send("And once more");
    await expect(chat.message("And once more")).toHaveAttribute("data-state", "sent");
    expect(house.sandbox.messages(session)).toHaveLength(3);
    expect(errors).toEqual([]);
  });
}

test("a visitor still receives replies after the page clears its storage in mid-conversation", async ({
  chat,
  house,
}) => {
  await chat.goto(house.pageUrl);
  await chat.page.evaluate(
    "window.received = []; MailooChat.on('message', ({ content }) => { received.push(content) })",
  );
  await chat.openPanel();
  await chat.send("Before it clears");
  await expect(chat.message("Before it clears")).toHaveAttribute("data-state", "sent");
  await chat.page.evaluate("localStorage.clear()");
  await chat.send("After it cleared");
  await expect(chat.message("After it cleared")).toHaveAttribute("data-state", "sent");
  house.sandbox.reply(await theSessionOf(house.sandbox, "After it cleared"), "Still here");
  await expect(chat.message("Still here")).toBeVisible();
  await expect(chat.messages).toHaveCount(2);
  expect(await chat.page.evaluate("received")).toEqual(["Still here"]);
});
