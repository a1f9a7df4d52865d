import { startBff } from "../src/servers/start-bff.ts";
import { expect, test } from "./chat-test.ts";
import { toPageWithWidget } from "./page-with-widget.ts";

// Includes starting a server and loading two pages.
test.describe.configure({ timeout: 90_000 });

test("[CONTEXT-1] the owner sees the page context of a message, and the visitor sees only the message", async ({
  chat,
  house,
  owner,
}) => {
  const { sandbox, site } = house;
  await using bff = await startBff({
    platformUrl: sandbox.url,
    allowedOrigins: [site.origin],
    env: { MAILOO_CHAT_CONTEXT: "page,referrer,utm,locale,plan" },
  });
  const stub =
    '<script>window.MailooChat=window.MailooChat||function(){(MailooChat.q=MailooChat.q||[]).push(arguments)};MailooChat("context",{plan:"pro",secret:"no"})</script>';
  const page = toPageWithWidget(bff.url, {
    attributes: 'data-context="page,referrer,utm,locale"',
    head: stub,
  });
  const pricing = site.serve("/pricing", page);
  const checkout = site.serve("/checkout", page);
  await chat.goto(`${pricing}?utm_source=mail&utm_campaign=spring&token=secret#top`);
  await chat.openPanel();
  await chat.send("Is there a discount?");
  await chat.send("For schools, I mean.");
  await expect(chat.messages.last()).toHaveAttribute("data-state", "sent");
  await chat.goto(checkout);
  await chat.openPanel();
  await chat.send("I am at the checkout.");
  await expect(chat.messages.last()).toHaveAttribute("data-state", "sent");

  await owner.choose("I am at the checkout.");
  const footers = owner.history.getByText(/\(context \w+\)/);
  await expect(footers).toHaveText([
    /^Is there a discount\?\s+— Page: \/pricing · Campaign: mail \/ spring · Language: [\w-]+ · Plan: pro \(context \w{8}\)$/,
    /^I am at the checkout\.\s+— Page: \/checkout \(context \w{8}\)$/,
  ]);
  await owner.reply("Of course.");
  await expect(chat.message("Of course.")).toBeVisible();

  // From the platform's history alone.
  await chat.page.reload();
  await expect(chat.message("Of course.")).toBeVisible();
  await expect(chat.messages.locator(".bubble")).toHaveText([
    "Is there a discount?",
    "For schools, I mean.",
    "I am at the checkout.",
    "Of course.",
  ]);
});
