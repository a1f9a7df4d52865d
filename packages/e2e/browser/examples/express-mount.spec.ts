import { SEED, startSandbox } from "@mailoo-chat/sandbox";
import { expect, type Page, test } from "@playwright/test";
import { startChildServer } from "../../src/servers/child-server.ts";
import { SESSION_SECRET } from "../../src/servers/start-bff.ts";
import { createChatPage } from "../chat-page.ts";
import { answers, exampleFolder, freeAddress, type SiteAddress } from "./backstage.ts";
import { converse } from "./converse.ts";

// Includes starting servers and building the site.
test.describe.configure({ timeout: 90_000 });

test("mounted in Express: the owner sees the signed-in visitor's name, and guests have separate conversations", async ({
  page,
  browser,
}) => {
  await using sandbox = await startSandbox();
  const site = await freeAddress();
  await using _shop = await startShop(site, sandbox.url);

  const ada = createChatPage(page);
  await ada.goto(site.origin);
  await signIn(page, "Ada Lovelace", "ada@example.com");
  await ada.openPanel();
  const adasSession = await converse(ada, sandbox, "Is my order on its way?");

  await using guestContext = await browser.newContext();
  const guest = createChatPage(await guestContext.newPage());
  await guest.goto(site.origin);
  await guest.openPanel();
  await expect(guest.messages).toHaveCount(0);
  const guestsSession = await converse(guest, sandbox, "Do you gift-wrap?");
  expect(guestsSession).not.toBe(adasSession);
  await expect(ada.messages).toHaveCount(2);

  expect(await visitorOf(sandbox.url, adasSession)).toEqual({
    name: "Ada Lovelace",
    email: "ada@example.com",
  });
  expect(await visitorOf(sandbox.url, guestsSession)).toEqual({ name: null, email: null });

  await ada.launcher.click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  await ada.openPanel();
  await expect(ada.messages).toHaveCount(0);
});

test("[VISITOR-1] mounted in Express: a signed-in visitor has one conversation on every device until the shop signs them out", async ({
  page,
  browser,
}) => {
  await using sandbox = await startSandbox();
  const site = await freeAddress();
  await using _shop = await startShop(site, sandbox.url, { MAILOO_CHAT_VISITOR_SESSIONS: "on" });
  await using otherContext = await browser.newContext();
  const [laptop, phone] = [page, await otherContext.newPage()].map((each) => createChatPage(each));
  if (!laptop || !phone) throw new Error("two pages");

  await laptop.goto(site.origin);
  await signIn(laptop.page, "Ada Lovelace", "ada@example.com");
  await laptop.openPanel();
  const session = await converse(laptop, sandbox, "Is my order on its way?");

  await phone.goto(site.origin);
  await signIn(phone.page, "Ada Lovelace", "ada@example.com");
  await phone.openPanel();
  await expect(phone.messages).toHaveCount(2);
  await phone.send("I am on the road now.");
  await expect(laptop.message("I am on the road now.")).toBeVisible();
  expect(sandbox.messages(session)).toHaveLength(3);

  // The shop's session has expired, and the page has not called reset().
  await phone.page.context().clearCookies();
  await phone.goto(site.origin);
  await phone.openPanel();
  await expect(phone.messages).toHaveCount(0);
  await expect(laptop.messages).toHaveCount(3);
  await signIn(phone.page, "Bob", "bob@example.com");
  await phone.openPanel();
  expect(await converse(phone, sandbox, "And mine?")).not.toBe(session);
});

/** The example as its README starts it: the shop and the BFF are one process, on one port. */
function startShop(
  { port, origin }: SiteAddress,
  platformUrl: string,
  env: Readonly<Record<string, string>> = {},
) {
  return startChildServer({
    command: process.execPath,
    args: [`${exampleFolder("express-mount")}/server.ts`],
    env: {
      NODE_ENV: "production",
      PORT: `${port}`,
      MAILOO_CHAT_INTEGRATION_API: platformUrl,
      MAILOO_CHAT_INTEGRATION_API_KEY: SEED.apiKey,
      MAILOO_CHAT_INTEGRATION_PROJECT_UID: SEED.projectUid,
      MAILOO_CHAT_INTEGRATION_ID: SEED.integrationId,
      MAILOO_CHAT_ALLOWED_ORIGINS: origin,
      MAILOO_CHAT_SESSION_SECRET: SESSION_SECRET,
      ...env,
    },
    isUp: () => answers(origin),
  });
}

async function signIn(page: Page, name: string, email: string): Promise<void> {
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Email").fill(email);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: `Hello, ${name}` }).waitFor();
}

/** The visitor of a session, according to the dashboard's own route. */
async function visitorOf(platformUrl: string, session: string) {
  const answer = await fetch(`${platformUrl}/api/v1/chat/${SEED.integrationId}/sessions`, {
    headers: { authorization: `Bearer ${SEED.ownerToken}` },
  });
  const { sessions } = (await answer.json()) as { readonly sessions: readonly Record<string, unknown>[] };
  const found = sessions.find(({ sessionPublicId }) => sessionPublicId === session);
  return found && { name: found.visitorName, email: found.visitorEmail };
}
