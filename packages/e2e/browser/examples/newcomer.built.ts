import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { SEED } from "@mailoo-chat/sandbox";
import { findOnPath } from "@mailoo-chat/workspace/find-on-path";
import { findSnippets } from "@mailoo-chat/workspace/find-snippets";
import { REPOSITORY } from "@mailoo-chat/workspace/repository";
import { runCommand } from "@mailoo-chat/workspace/run-command";
import { expect, test } from "@playwright/test";
import getPort from "get-port";
import { startChildServer } from "../../src/servers/child-server.ts";
import { createChatPage } from "../chat-page.ts";
import { answers } from "./backstage.ts";

// Installs and builds a fresh clone: part of `pnpm examples`, not of the test command.

const README = readFileSync(join(REPOSITORY, "README.md"), "utf8");
const TUTORIAL = readFileSync(join(REPOSITORY, "docs/getting-started.md"), "utf8");
const SITE = "https://www.example.com";

test("the commands of the README and Getting started work as written in a fresh clone", async ({ page }) => {
  test.setTimeout(900_000);
  test.skip(findOnPath("script") === null, "init asks its questions in a terminal, which `script` makes");
  test.skip(findOnPath("setsid") === null, "Ctrl-C needs a group of processes, which `setsid` makes");
  await using clone = await createClone();

  // README: the demo, with the documented ports.
  const ports = { SANDBOX_PORT: await getPort(), BFF_PORT: await getPort(), SITE_PORT: await getPort() };
  const demoSite = `http://localhost:${ports.SITE_PORT}`;
  {
    const addresses = [demoSite, `http://localhost:${ports.BFF_PORT}/readyz`];
    await using _demo = await startShell(
      clone.path,
      blockOf(README, "npx pnpm@10 demo"),
      ports,
      async () => !(await Promise.all(addresses.map(answers))).includes(false),
    );
    const chat = createChatPage(page, "Mud & Tide");
    await chat.goto(demoSite);
    await chat.openPanel();
    await chat.send("Is the cup for tea?");
    await expect(chat.message("Is the cup for tea?")).toHaveAttribute("data-state", "sent");
  }

  // README and Getting started: the server.
  await run(clone.path, blockOf(README, "npx pnpm@10 build"));
  expect(blockOf(TUTORIAL, "npx pnpm@10 build")).toBe(blockOf(README, "npx pnpm@10 build"));
  const sandboxPort = await getPort();
  const mailoo = `http://127.0.0.1:${sandboxPort}`;
  await using _sandbox = await startShell(
    clone.path,
    blockOf(TUTORIAL, "npx pnpm@10 sandbox"),
    { SANDBOX_PORT: sandboxPort },
    () => answers(mailoo),
  );
  await answerQuestions(clone.path, blockOf(README, "npx pnpm@10 bff init\n"), [
    ["URL of the Mailoo API", mailoo],
    ["API key", SEED.apiKey],
    ["Project id", SEED.projectUid],
    ["Origins", SITE],
  ]);
  await run(clone.path, blockOf(TUTORIAL, "npx pnpm@10 bff check\n"));

  const port = await getPort();
  await appendFile(join(clone.path, ".env"), `PORT=${port}\n`);
  const chatUrl = `http://127.0.0.1:${port}`;
  await using _bff = await startShell(clone.path, blockOf(README, "npx pnpm@10 bff\n"), {}, () =>
    answers(`${chatUrl}/readyz`),
  );
  const checkUrl = blockOf(TUTORIAL, "npx pnpm@10 bff check --url");
  await run(clone.path, checkUrl.replace("https://chat.example.com", chatUrl));
});

test("continuous integration runs the README's test command", () => {
  const script = readFileSync(join(REPOSITORY, ".ci/run"), "utf8");
  expect(script).toContain(blockOf(README, "npx pnpm@10 test").trim());
});

test("this file runs every command of the README", () => {
  const commands = findSnippets(README).filter(({ language }) => language === "sh");
  expect(commands.map(({ code }) => code.split("\n")[0])).toEqual([
    "npx pnpm@10 demo",
    "npx pnpm@10 test",
    "npx pnpm@10 build",
    "npx pnpm@10 bff init",
    "npx pnpm@10 bff",
  ]);
});

/** The page's code block that starts with the given text. */
function blockOf(page: string, start: string): string {
  const block = findSnippets(page).find(({ code }) => code.startsWith(start));
  if (block === undefined) throw new Error(`no block starts with ${start}`);
  return block.code;
}

async function createClone() {
  const path = await mkdtemp(join(tmpdir(), "mailoo-chat-clone-"));
  await run(path, `git clone --quiet --depth 1 file://${REPOSITORY} .`);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

async function run(cwd: string, script: string): Promise<void> {
  const [command, ...args] = inCleanShell(cwd, script);
  const { exitCode, output } = await runCommand(command, args, { cwd, output: "collect" });
  expect(exitCode, output).toBe(0);
}

/** Runs a block until Ctrl-C, which a terminal sends to all of its processes. */
async function startShell(
  cwd: string,
  script: string,
  env: Readonly<Record<string, number>>,
  isUp: () => Promise<boolean>,
) {
  const [command, ...args] = inCleanShell(cwd, `exec ${script}`, env);
  const server = await startChildServer({
    command: "setsid",
    args: [command, ...args],
    isUp,
    startWithinMs: 300_000,
  });
  return {
    async [Symbol.asyncDispose]() {
      process.kill(-server.pid, "SIGINT");
      await server.exited;
    },
  };
}

/** Runs a command in a terminal, and types an answer after each question. */
async function answerQuestions(
  cwd: string,
  command: string,
  dialogue: readonly (readonly [question: string, answer: string])[],
): Promise<void> {
  const [program, ...args] = inCleanShell(cwd, `exec script -qec '${command.trim()}' /dev/null`);
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  const waiting = [...dialogue];
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
    const [next] = waiting;
    if (next === undefined || !output.includes(next[0])) return;
    waiting.shift();
    child.stdin.write(`${next[1]}\r`);
  });
  const [exitCode] = await once(child, "close");
  expect(exitCode, output).toBe(0);
}

/** A newcomer's shell, without the variables that pnpm sets for its own scripts, such as this test. */
function inCleanShell(
  cwd: string,
  script: string,
  env: Readonly<Record<string, number>> = {},
): [string, ...string[]] {
  const unset = Object.keys(process.env)
    .filter((name) => /^p?npm_/i.test(name))
    .flatMap((name) => ["-u", name]);
  // Node itself, not pnpm's shell script of that name, whose child would outlive it.
  const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter);
  const variables = { npm_config_yes: true, PATH, ...env };
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  return ["env", ...unset, "-C", cwd, ...assignments, "bash", "-ec", script];
}
