import { startBff } from "../src/servers/start-bff.ts";
import { startWebhookExample } from "../src/servers/start-webhook-example.ts";
import { expect, test } from "./chat-test.ts";
import { toPageWithWidget } from "./page-with-widget.ts";
import { theSessionOf } from "./the-session-of.ts";

// Includes starting servers.
test.describe.configure({ timeout: 90_000 });

test("a team's channel receives the visitor's question and the owner's answer although its first request fails", async ({
  chat,
  house,
  owner,
}) => {
  const { sandbox, site } = house;
  await using example = await startWebhookExample();
  await using bff = await startBff({
    platformUrl: sandbox.url,
    allowedOrigins: [site.origin],
    env: { ...example.env, MAILOO_CHAT_PRE_CHAT: "name" },
  });
  await chat.goto(site.serve("/with-webhooks", toPageWithWidget(bff.url)));
  await chat.openPanel();
  await chat.panel.getByRole("textbox", { name: "Name" }).fill("Ada");
  await chat.panel.getByRole("button", { name: "Start chat" }).click();
  await chat.send("Is the *red* one left?");
  await expect(chat.message("Is the *red* one left?")).toHaveAttribute("data-state", "sent");
  await owner.answer("Is the *red* one left?", "The last one is yours.");
  await expect(chat.message("The last one is yours.")).toBeVisible();

  const session = await theSessionOf(sandbox, "Is the *red* one left?");
  await expect
    .poll(() => example.texts.toSorted(), { timeout: 30_000 })
    .toEqual([
      `New chat on ${site.origin} with Ada (session ${session})`,
      "→ Ada: Is the *red* one left?",
      "↩ You: The last one is yours.",
    ]);
});
