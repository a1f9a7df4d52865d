import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SEED, startSandbox } from "@mailoo-chat/sandbox";
import { REPOSITORY } from "@mailoo-chat/workspace/repository";
import { expect, test } from "@playwright/test";
import getPort from "get-port";
import { startChildServer } from "../src/servers/child-server.ts";
import { startTestSite } from "../src/servers/start-test-site.ts";
import { createChatPage } from "./chat-page.ts";
import { createConsolePage } from "./console-page.ts";
import { toPageWithWidget } from "./page-with-widget.ts";

// Servers, and what builds a site, start first.
test.describe.configure({ timeout: 90_000 });

const COMMAND = join(REPOSITORY, "packages/bff/bin/mailoo-chat-bff.js");

test("a site owner goes from nothing to an answered message as docs/getting-started.md says", async ({
  browser,
}) => {
  const clock = startClock();
  await using mailoo = await startSandbox();
  await using site = await startTestSite();
  await using folder = await createFolder();
  const dotenv = join(folder.path, ".env");

  // 1. An integration: the printed lines are pasted into the .env as they are.
  await writeFile(
    dotenv,
    `MAILOO_CHAT_INTEGRATION_API=${mailoo.url}\nMAILOO_CHAT_INTEGRATION_API_KEY=${SEED.apiKey}\n` +
      `MAILOO_CHAT_INTEGRATION_PROJECT_UID=${SEED.projectUid}\n`,
  );
  const created = await runBff(dotenv, [
    "create-integration",
    ...["--name", "Tea & Co", "--allowed-origin", site.origin, "--welcome-message", '"Hello" from Tea & Co'],
  ]);
  expect(created).toMatchObject({ exitCode: 0, stderr: "" });
  await appendFile(dotenv, created.stdout);
  clock.lap("create-integration");

  // 2. The BFF: a secret of one's own, a look whether all is well, the start.
  const port = await getPort();
  await appendFile(
    dotenv,
    `MAILOO_CHAT_SESSION_SECRET=${"s".repeat(48)}\nHOST=127.0.0.1\nPORT=${port}\nTRUST_PROXY=1\n`,
  );
  const checked = await runBff(dotenv, ["check"]);
  expect(checked, checked.stdout + checked.stderr).toMatchObject({ exitCode: 0 });
  const { ok, findings } = JSON.parse((await runBff(dotenv, ["check", "--json"])).stdout);
  expect({ ok, problems: findings.filter(isProblem) }).toEqual({ ok: true, problems: [] });
  expect(mailoo.integrations().flatMap(({ publicId }) => mailoo.sessions(publicId))).toEqual([]);
  clock.lap("check is green");

  const chatUrl = `http://127.0.0.1:${port}`;
  await using _bff = await startChildServer({
    command: process.execPath,
    args: [`--env-file=${dotenv}`, COMMAND],
    isUp: () => isReady(chatUrl),
  });
  clock.lap("the BFF is ready");

  // 3. The page, on another origin. 4. The answer, from the console.
  await using visitorContext = await browser.newContext();
  const visitor = createChatPage(await visitorContext.newPage());
  await visitor.goto(site.serve("/", toPageWithWidget(chatUrl)));
  await visitor.openPanel();
  await expect(visitor.history).toContainText('"Hello" from Tea & Co');
  await visitor.send("Is the green tea back?");

  await using ownerContext = await browser.newContext();
  const owner = createConsolePage(await ownerContext.newPage());
  await owner.open(mailoo.url);
  await owner.chooseIntegration("Tea & Co");
  await owner.choose("Is the green tea back?");
  await expect(owner.history).toContainText("Is the green tea back?");
  clock.lap("the first message is in the console");
  await owner.reply("Since this morning!");
  await expect(visitor.message("Since this morning!")).toHaveAttribute("data-author", "owner");
  clock.lap("the visitor has the answer");

  console.log(`from nothing to an answered message: ${clock.laps().join(", ")}`);
});

interface Finding {
  readonly severity: string;
}

const isProblem = ({ severity }: Finding) => severity === "error" || severity === "warning";

/** The command as it is run by hand, with nothing but the .env. */
async function runBff(dotenv: string, args: readonly string[]) {
  const child = spawn(process.execPath, [`--env-file=${dotenv}`, COMMAND, ...args], {
    env: { PATH: process.env.PATH },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [exitCode] = await once(child, "close");
  return { exitCode, stdout, stderr };
}

async function createFolder() {
  const path = await mkdtemp(join(tmpdir(), "mailoo-chat-owner-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/readyz`).then(
    async (answer) => {
      await answer.body?.cancel();
      return answer.ok;
    },
    () => false,
  );
}

/** Tells how long each step took since the start. */
function startClock() {
  const startedAtMs = performance.now();
  const laps: string[] = [];
  return {
    lap: (step: string) =>
      laps.push(`${step} after ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`),
    laps: (): readonly string[] => laps,
  };
}
