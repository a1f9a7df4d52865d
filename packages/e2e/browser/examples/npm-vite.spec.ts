import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "@mailoo-chat/workspace/run-command";
import { expect, test } from "@playwright/test";
import { createChatPage } from "../chat-page.ts";
import { exampleFolder, startBackstage } from "./backstage.ts";
import { converse } from "./converse.ts";
import { startVite } from "./start-vite.ts";

// Includes starting servers and building the site.
test.describe.configure({ timeout: 90_000 });

test("npm and Vite: the built site contains the widget, and its own button shows the unread count", async ({
  page,
}) => {
  await using backstage = await startBackstage();
  await using built = await buildWithVite("npm-vite", backstage.bff.url);
  await using _site = await startVite("npm-vite", backstage, ["preview", "--outDir", built.path]);
  const chat = createChatPage(page, "Paper & Thread");

  await chat.goto(backstage.site.origin);
  await page.getByRole("button", { name: "Ask us" }).click();
  const session = await converse(chat, backstage.sandbox, "Do you mend old books?");

  await chat.launcher.click();
  await expect(chat.panel).toBeHidden();
  backstage.sandbox.reply(session, "One more thing");
  await expect(page.getByRole("button", { name: "Ask us (1)" })).toBeVisible();
});

/** The output of `vite build`, in the test's own folder. */
async function buildWithVite(example: string, bffUrl: string) {
  const path = await mkdtemp(join(tmpdir(), `${example}-`));
  const { exitCode, output } = await runCommand("vite", ["build", "--outDir", path, "--emptyOutDir"], {
    cwd: exampleFolder(example),
    env: { VITE_CHAT_URL: bffUrl },
    output: "collect",
  });
  expect(exitCode, output).toBe(0);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
