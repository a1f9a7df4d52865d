import { readFileSync } from "node:fs";
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { startSandbox } from "@mailoo-chat/sandbox";
import { findSnippets } from "@mailoo-chat/workspace/find-snippets";
import { REPOSITORY } from "@mailoo-chat/workspace/repository";
import { runCommand } from "@mailoo-chat/workspace/run-command";
import { expect, test } from "@playwright/test";
import { startChildServer } from "../../src/servers/child-server.ts";
import { createChatPage } from "../chat-page.ts";
import { answers, exampleFolder, freeAddress } from "./backstage.ts";
import { converse } from "./converse.ts";

// Installs some 380 MB and builds for ten seconds: part of `pnpm examples`, not of the test command.

const FOLDER = exampleFolder("nextjs");
const QUIET = { NEXT_TELEMETRY_DISABLED: "1", npm_config_yes: "true" };
const README = readFileSync(join(FOLDER, "README.md"), "utf8");

test("Next.js, built and started: its route handlers serve the BFF, and the chat stays open across pages", async ({
  page,
}) => {
  // The duration of npm and the build depends on the network and the processor.
  test.setTimeout(900_000);
  await run(commandOfReadme("npx pnpm@10 --filter"), REPOSITORY);
  // npm caches a tarball by version, so an earlier one would be reused.
  await rm(join(FOLDER, "node_modules/@mailoo-chat"), { recursive: true, force: true });
  await run(`${commandOfReadme("npm install")} --no-package-lock --no-audit --no-fund`, FOLDER);
  await using _proxy = await addProxyRoute();
  await run("npm run build", FOLDER);
  await using sandbox = await startSandbox();
  const site = await freeAddress();
  await using _site = await startChildServer({
    command: process.execPath,
    args: [`${FOLDER}/node_modules/next/dist/bin/next`, "start", FOLDER, "--port", `${site.port}`],
    env: {
      ...QUIET,
      ...parseEnv(readFileSync(join(FOLDER, ".env.example"), "utf8")),
      MAILOO_CHAT_INTEGRATION_API: sandbox.url,
      MAILOO_CHAT_ALLOWED_ORIGINS: site.origin,
    },
    isUp: () => answers(`${site.origin}/api/v1/webhooks/chat/readyz`),
  });
  const chat = createChatPage(page, "Salt & Pine");
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  const requested: string[] = [];
  page.on("request", (request) => requested.push(new URL(request.url()).origin));

  await chat.goto(site.origin);
  await chat.openPanel();
  await converse(chat, sandbox, "Is this soap vegan?");
  await page.getByRole("link", { name: "How we ship" }).click();
  await page.getByRole("heading", { name: "Shipping" }).waitFor();
  await expect(chat.panel).toBeVisible();
  await expect(chat.messages).toHaveCount(2);
  expect(problems).toEqual([]);
  expect(new Set(requested)).toEqual(new Set([site.origin]));
});

/** The handler of the example `nextjs-proxy`, compiled by this site. */
async function addProxyRoute() {
  const route = "[...path]/route.ts";
  const copy = join(FOLDER, "app/proxy");
  await cp(join(exampleFolder("nextjs-proxy"), "app/api/v1/webhooks/chat", route), join(copy, route));
  return { [Symbol.asyncDispose]: () => rm(copy, { recursive: true, force: true }) };
}

/** The README's line that starts with the given text. */
function commandOfReadme(start: string): string {
  const lines = findSnippets(README).flatMap(({ code }) => code.split("\n"));
  const command = lines.find((line) => line.startsWith(start));
  if (command === undefined) throw new Error(`the README has no command that starts with ${start}`);
  return command;
}

async function run(command: string, cwd: string): Promise<void> {
  const { exitCode, output } = await runCommand("sh", ["-c", command], {
    cwd,
    // Otherwise npm and pnpm would run in the directory where the test was started.
    env: { ...QUIET, PWD: cwd },
    output: "collect",
  });
  expect(exitCode, output).toBe(0);
}
