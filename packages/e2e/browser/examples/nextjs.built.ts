import { runCommand } from "@mailoo-chat/workspace/run-command";
import { expect, test } from "@playwright/test";
import { startChildServer } from "../../src/servers/child-server.ts";
import { createChatPage } from "../chat-page.ts";
import { answers, exampleFolder, startBackstage } from "./backstage.ts";
import { converse } from "./converse.ts";

// Installs some 380 MB and builds for ten seconds: part of `pnpm examples`, not of the test command.

const FOLDER = exampleFolder("nextjs");
const QUIET = { NEXT_TELEMETRY_DISABLED: "1" };

test("Next.js, built and started: the conversation stays open while the visitor walks through the site", async ({
  page,
}) => {
  test.setTimeout(300_000);
  await run("npm", ["install", "--no-package-lock", "--no-audit", "--no-fund"]);
  await run("npm", ["run", "build"]);
  await using backstage = await startBackstage();
  await using _site = await startChildServer({
    command: process.execPath,
    args: [`${FOLDER}/node_modules/next/dist/bin/next`, "start", FOLDER, "--port", `${backstage.site.port}`],
    env: {
      ...QUIET,
      MAILOO_CHAT_BFF: backstage.bff.baseUrl,
      MAILOO_CHAT_PUBLIC_SOCKET: `${backstage.bff.baseUrl.replace("http", "ws")}/ws`,
    },
    isUp: () => answers(backstage.site.origin),
  });
  const chat = createChatPage(page, "Salt & Pine");
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));

  await chat.goto(backstage.site.origin);
  await chat.openPanel();
  await converse(chat, backstage.sandbox, "Is this soap vegan?");
  await page.getByRole("link", { name: "How we ship" }).click();
  await page.getByRole("heading", { name: "Shipping" }).waitFor();
  await expect(chat.panel).toBeVisible();
  await expect(chat.messages).toHaveCount(2);
  expect(complaints).toEqual([]);
});

async function run(command: string, args: readonly string[]): Promise<void> {
  const { exitCode, output } = await runCommand(command, args, {
    cwd: FOLDER,
    env: QUIET,
    output: "collect",
  });
  expect(exitCode, output).toBe(0);
}
