import { expect } from "@playwright/test";
import type { ChatPage } from "./chat-page.ts";
import type { House } from "./chat-test.ts";
import { toPageWithWidget } from "./page-with-widget.ts";
import { theSessionOf } from "./the-session-of.ts";

/** Every visually distinct state of the widget, and the steps that lead to it. */
export const STATES: Readonly<Record<string, (chat: ChatPage, house: House) => Promise<void>>> = {
  "a greeting beside the launcher": async ({ page }, house) => {
    const attributes = 'data-teaser="Can we help?" data-teaser-delay-ms="0"';
    await page.goto(house.site.serve("/greeting", toPageWithWidget(house.bff.url, { attributes })));
    // On a phone the greeting is a dot on the launcher.
    await page.getByText("Can we help?").waitFor({ state: "attached" });
  },
  "the first screen": async (chat, house) => {
    await chat.goto(house.pageUrl);
    await chat.openPanel();
  },
  "a conversation": async (chat, house) => {
    const session = await beginConversation(chat, house, "Is the reed vase safe to send to Norway?");
    house.sandbox.reply(session, "Hello! Yes: we pack it in wool, and it travels by rail.");
    house.sandbox.reply(session, "Here is how: https://mud-and-tide.example/shipping");
    await chat.message("Here is how").waitFor();
    await chat.send("Lovely. Then I would like two of them, please.");
    await expect(chat.message("Lovely.")).toHaveAttribute("data-state", "sent");
    await chat.composer.fill("And one\nfor my\nmother");
  },
  "a formatted message": async (chat, house) => {
    const session = await beginConversation(chat, house, "How do I set it up?");
    house.sandbox.reply(session, FORMATTED);
    await chat.panel.getByRole("listitem").first().waitFor();
  },
  "a preview of a new message": async (chat, house) => {
    const session = await beginConversation(chat, house, "I close the panel");
    await chat.page.keyboard.press("Escape");
    house.sandbox.reply(
      session,
      "We are still here. Would you like to see how we pack the reed vase for shipping?",
    );
    await chat.page.getByText("We are still here.").first().waitFor();
  },
  "a form before the first message, wrongly filled": async (chat, house) => {
    await changeConfig(chat, {
      preChat: {
        fields: [
          { name: "name", required: true },
          { name: "email", required: false },
        ],
      },
      consent: { text: "How we use what you write", url: "https://example.com/privacy" },
    });
    await chat.goto(house.pageUrl);
    await chat.openPanel();
    await chat.panel.getByRole("textbox", { name: /Email/ }).fill("nobody");
    await chat.panel.getByRole("button", { name: "Start chat" }).click();
    await expect(chat.panel.getByRole("textbox", { name: "Name" })).toHaveAttribute("aria-invalid", "true");
  },
  "the owner is away": async (chat, house) => {
    await changeConfig(chat, { status: "away" });
    await chat.goto(house.pageUrl);
    await chat.openPanel();
    await expect(chat.panel.getByText("We’re away.")).toBeVisible();
  },
  "nobody is there, and the visitor has written": async (chat, house) => {
    await changeConfig(chat, {
      status: "away",
      away: {
        text: "We are baking. Write to us, and the first of us who has clean hands will answer you.",
        backAt: new Date(Date.now() + 3 * 24 * 60 * 60_000).toISOString(),
        link: { text: "Call the bakery", url: "tel:+4930123456" },
        email: "optional",
      },
    });
    await chat.goto(house.pageUrl);
    await chat.openPanel();
    await expect(chat.panel.getByText("Away · back")).toBeVisible();
    await chat.composer.fill("Is there bread on Monday?");
    await chat.composer.press("Enter");
    await chat.composer.press("Enter");
    await expect(chat.panel.getByRole("textbox", { name: "Email" })).toHaveAttribute("aria-invalid", "true");
  },
  "a text that is too long": async (chat, house) => {
    await chat.goto(house.pageUrl);
    await chat.openPanel();
    await chat.composer.fill("x".repeat(4_001));
    await expect(chat.composer).toHaveAccessibleDescription(/over the limit/);
  },
  "a failed message": async (chat, house) => {
    await chat.goto(house.pageUrl);
    await chat.openPanel();
    await chat.page.route("**/submit", (route) => route.fulfill({ status: 400, body: "{}" }));
    await chat.send("Not today");
    await expect(chat.message("Not today")).toHaveAttribute("data-state", "failed");
  },
  "a message that failed, with the panel closed": async (chat, house) => {
    await chat.goto(house.pageUrl);
    await chat.openPanel();
    await chat.page.route("**/submit", (route) => route.fulfill({ status: 400, body: "{}" }));
    await chat.send("Not today");
    await expect(chat.message("Not today")).toHaveAttribute("data-state", "failed");
    await chat.page.keyboard.press("Escape");
    await chat.page.getByRole("button", { name: "Not sent Not today" }).waitFor();
  },
  "messages that wait, without a network": async (chat, house) => {
    await beginConversation(chat, house, "Before the cut");
    await chat.page.context().setOffline(true);
    await chat.send("After the cut");
    await expect(chat.panel.getByRole("status")).toContainText("Reconnecting");
  },
  "unread messages, behind the line": async (chat, house) => {
    const session = await beginConversation(chat, house, "I look away");
    await chat.page.keyboard.press("Escape");
    house.sandbox.reply(session, "See https://example.com/here");
    await expect(chat.launcher).toHaveAccessibleName(/1 unread/);
    await chat.openPanel();
    await chat.message("See https").waitFor();
  },
  "the menu": async (chat, house) => {
    await beginConversation(chat, house, "What can I do here?");
    await chat.panel.getByRole("button", { name: "More options" }).click();
    await chat.page.getByRole("menu").waitFor();
  },
  "the confirmation before ending": async (chat, house) => {
    await beginConversation(chat, house, "I have to go");
    await chat.panel.getByRole("button", { name: "More options" }).click();
    await chat.page.getByRole("menuitem", { name: /End/ }).click();
    await chat.page.getByRole("alertdialog").waitFor();
  },
  "a conversation that the owner has ended": async (chat, house) => {
    await beginConversation(chat, house, "Is this the end?");
    await chat.page.route("**/submit", (route) =>
      route.fulfill({
        status: 409,
        headers: { "access-control-allow-origin": house.site.origin },
        json: { code: "session_closed", status: 409 },
      }),
    );
    await chat.send("Hello?");
    await chat.panel.getByRole("button", { name: /new conversation/i }).waitFor();
  },
};

const FORMATTED = [
  "Two steps, **about a minute**, see [the guide](https://example.com/guide) or https://example.com/help:",
  "1. Open *Settings* and choose `Wi-Fi`",
  "2. Enter the code:",
  "   - on a *phone*, below the name",
  "   - else on the back",
  "",
  "```",
  `vase --pair --name "reed vase" --token ${"0123456789".repeat(6)}`,
  "vase --status",
  "```",
  "Does [bank.example](https://example.com/pay) open, too?",
].join("\n");

async function beginConversation(chat: ChatPage, house: House, text: string): Promise<string> {
  await chat.goto(house.pageUrl);
  await chat.openPanel();
  await chat.send(text);
  await expect(chat.message(text)).toHaveAttribute("data-state", "sent");
  return theSessionOf(house.sandbox, text);
}

/** Overrides the server's configuration. */
async function changeConfig({ page }: ChatPage, change: object): Promise<void> {
  await page.route("**/config", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), ...change } });
  });
}
