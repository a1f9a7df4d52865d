import { execFileSync } from "node:child_process";
import { cpSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SEED, startSandbox } from "@mailoo-chat/sandbox";
import { REPOSITORY } from "@mailoo-chat/workspace/repository";
import { runCommand } from "@mailoo-chat/workspace/run-command";
import { expect, test } from "@playwright/test";
import getPort from "get-port";
import { startChildServer } from "../../src/servers/child-server.ts";
import { SESSION_SECRET } from "../../src/servers/start-bff.ts";
import { answers, exampleFolder } from "./backstage.ts";
import { parseDockerfile, toCopiedPaths } from "./dockerfile.ts";

// Runs its own install and build: part of `pnpm examples`, not of the test command.

test("the Dockerfile's commands, run without a container engine, produce a BFF that starts", async () => {
  test.setTimeout(300_000);
  await using folder = await createFolder();
  const source = join(folder.path, "src");
  const app = join(folder.path, "app");
  const [build = []] = parseDockerfile(
    readFileSync(join(exampleFolder("docker-compose"), "Dockerfile"), "utf8"),
  );

  for (const instruction of build) {
    for (const path of toCopiedPaths(instruction)) {
      for (const file of trackedFiles(path)) cpSync(join(REPOSITORY, file), join(source, file));
    }
    if (instruction.name !== "RUN") continue;
    const command = instruction.rest.replaceAll(" /app", ` ${app}`);
    const { exitCode, output } = await runCommand("sh", ["-c", command], {
      cwd: source,
      env: { CI: "true", npm_config_yes: "true" },
      output: "collect",
    });
    expect(exitCode, output).toBe(0);
  }

  await using sandbox = await startSandbox();
  const port = await getPort();
  await using _bff = await startChildServer({
    command: process.execPath,
    args: [join(app, "bin/mailoo-chat-bff.js")],
    env: {
      NODE_ENV: "production",
      MAILOO_CHAT_INTEGRATION_API: sandbox.url,
      MAILOO_CHAT_INTEGRATION_API_KEY: SEED.apiKey,
      MAILOO_CHAT_INTEGRATION_PROJECT_UID: SEED.projectUid,
      MAILOO_CHAT_INTEGRATION_ID: SEED.integrationId,
      MAILOO_CHAT_ALLOWED_ORIGINS: "https://www.example.com",
      MAILOO_CHAT_SESSION_SECRET: SESSION_SECRET,
      HOST: "127.0.0.1",
      PORT: `${port}`,
    },
    isUp: () => answers(`http://127.0.0.1:${port}/readyz`),
  });
  expect((await fetch(`http://127.0.0.1:${port}/widget.js`)).status).toBe(200);
});

/** The files of a clean checkout: a build context excludes installed and built files. */
function trackedFiles(path: string): readonly string[] {
  const listed = execFileSync("git", ["ls-files", "-z", "--", path], { cwd: REPOSITORY, encoding: "utf8" });
  return listed.split("\0").filter((file) => file !== "");
}

async function createFolder() {
  const path = await mkdtemp(join(tmpdir(), "mailoo-chat-image-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
