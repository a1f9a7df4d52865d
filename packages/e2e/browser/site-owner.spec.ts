import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { SEED, startSandbox } from "@mailoo-chat/sandbox";
import { REPOSITORY } from "@mailoo-chat/workspace/repository";
import { expect, test } from "@playwright/test";
import getPort from "get-port";
import { startChildServer } from "../src/servers/child-server.ts";
import { startTestSite } from "../src/servers/start-test-site.ts";
import { createChatPage } from "./chat-page.ts";
import { createConsolePage } from "./console-page.ts";
import { toPageWithWidget } from "./page-with-widget.ts";

// Includes starting servers and building the site.
test.describe.configure({ timeout: 90_000 });

const PAGE = readFileSync(join(REPOSITORY, "docs/getting-started.md"), "utf8");

test("the commands of docs/getting-started.md lead a site owner to an answered message", async ({
  browser,
}) => {
  const clock = startClock();
  await using mailoo = await startSandbox();
  await using site = await startTestSite();
  await using folder = await createFolder();
  /** A command of the guide, with the test's addresses instead of the guide's. */
  const command = (start: string) =>
    blockOf(start)
      .replace("your-api-key", SEED.apiKey)
      .replace("your-project", SEED.projectUid)
      .replace("https://api.mailoo.example", mailoo.url)
      .replace("https://www.example.com", site.origin)
      .replace("npx pnpm@10 bff", `node ${join(REPOSITORY, "packages/bff/bin/mailoo-chat-bff.js")}`);

  // 3. Connect the server: an integration, the .env, the check.
  const init = await runShell(
    `${command("export MAILOO_CHAT").trimEnd()} --name 'Tea & Co' --welcome-message '"Hello" from Tea & Co'`,
    folder.path,
  );
  expect(init, init.output).toMatchObject({ exitCode: 0 });
  clock.lap("init");
  const checked = await runShell(command("npx pnpm@10 bff check"), folder.path);
  expect(checked, checked.output).toMatchObject({ exitCode: 0 });
  expect(mailoo.integrations().flatMap(({ publicId }) => mailoo.sessions(publicId))).toEqual([]);
  clock.lap("check");

  // 4. Start it.
  const port = await getPort();
  await appendFile(join(folder.path, ".env"), `${blockOf("HOST=127.0.0.1")}PORT=${port}\n`);
  const chatUrl = `http://127.0.0.1:${port}`;
  await using _bff = await startChildServer({
    command: "bash",
    args: ["-c", `cd ${folder.path} && exec ${command("npx pnpm@10 bff\n")}`],
    env: TOOLS,
    isUp: () => isReady(chatUrl),
  });
  clock.lap("the BFF is ready");

  // 4. The page on another origin, and the reply from the console.
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

/** The guide's code block that starts with the given text. */
function blockOf(start: string): string {
  const block = [...PAGE.matchAll(/^```\w*\n(.*?)^```$/gms)]
    .map(([, code = ""]) => code)
    .find((code) => code.startsWith(start));
  if (block === undefined) throw new Error(`docs/getting-started.md has no block that starts with ${start}`);
  return block;
}

/** This Node first on the path, without the variables of this process. */
const TOOLS = { PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) };

async function runShell(script: string, cwd: string) {
  const child = spawn("bash", ["-c", script], { cwd, env: TOOLS, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const [exitCode] = await once(child, "close");
  return { exitCode, output };
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

/** Reports the elapsed time of each step. */
function startClock() {
  const startedAtMs = performance.now();
  const laps: string[] = [];
  return {
    lap: (step: string) =>
      laps.push(`${step} after ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`),
    laps: (): readonly string[] => laps,
  };
}
