import { DEFAULT_BASE_PATH } from "@mailoo-chat/protocol";
import { SEED, startSandbox } from "@mailoo-chat/sandbox";
import { describe, expect, it } from "vitest";
import { sendRaw } from "./support/raw-http.ts";
import { runBffCommand, spawnBff } from "./support/spawn-bff.ts";
import { bffEnvironment } from "./support/start-bff.ts";

/** Node starts, reads the sources and ends: seconds on a busy machine. */
const TIMEOUT = { timeout: 30_000 };

describe("start", TIMEOUT, () => {
  it("[PROCESS-1] ends with 78 and one line per problem if the configuration is wrong", async () => {
    const { code, stderr } = await runBffCommand(["start"], { NODE_ENV: "production", PORT: "http" });
    expect(code).toBe(78);
    const lines = stderr.trim().split("\n");
    for (const variable of [
      "MAILOO_CHAT_INTEGRATION_API",
      "MAILOO_CHAT_INTEGRATION_API_KEY",
      "MAILOO_CHAT_INTEGRATION_PROJECT_UID",
      "MAILOO_CHAT_INTEGRATION_ID",
      "MAILOO_CHAT_ALLOWED_ORIGINS",
      "MAILOO_CHAT_SESSION_SECRET",
      "PORT",
    ]) {
      expect(lines.filter((line) => line.startsWith(`${variable}:`))).toHaveLength(1);
    }
    expect(lines).toHaveLength(7);
  });

  it.each(["PORT", "METRICS_PORT"])("reports in one line that the port of %s is taken", async (variable) => {
    await using sandbox = await startSandbox();
    const { code, stderr } = await runBffCommand(
      [],
      bffEnvironment(sandbox.url, { PORT: "0", [variable]: String(sandbox.port) }),
    );
    expect(code).toBe(1);
    expect(stderr).toBe(`${variable}: 127.0.0.1:${sandbox.port} is taken by another process\n`);
  });

  it("[PROCESS-1] ends with 78 if its host is no address of this machine", async () => {
    const { code, stderr } = await runBffCommand(
      [],
      bffEnvironment("http://127.0.0.1:9", { HOST: "192.0.2.1" }),
    );
    expect(code).toBe(78);
    expect(stderr).toBe("HOST: 192.0.2.1 is not an address of this machine\n");
  });

  it.each(["SIGTERM", "SIGINT"] as const)("[DRAIN-1] ends with 0 on %s", async (signal) => {
    await using sandbox = await startSandbox();
    await using bff = await spawnBff({ platform: sandbox });
    expect((await bff.submit({ content: "x" })).status).toBe(201);
    bff.kill(signal);
    const { code, stdout } = await bff.finished;
    expect(code).toBe(0);
    expect(stdout).not.toContain(SEED.apiKey);
  });

  it("works while its log is not read, reports how many lines were dropped, and exits", async () => {
    await using sandbox = await startSandbox();
    await using bff = await spawnBff({ platform: sandbox, env: { LOG_LEVEL: "debug" } });
    const request = `GET ${DEFAULT_BASE_PATH}/healthz HTTP/1.1\r\nHost: bff\r\n`;
    // Some 1.6 MB of log lines: more than the pipe and the buffer take.
    const flood = () =>
      sendRaw(bff.url, `${request}\r\n`.repeat(9_999).concat(request, "Connection: close\r\n\r\n"));
    const dropNotice = new Promise<number>((resolve) => {
      let text = "";
      bff.stdout.on("data", (chunk) => {
        text += chunk;
        const count = /"dropped":(\d+)/.exec(text)?.[1];
        if (count !== undefined) resolve(Number(count));
      });
    });

    bff.stdout.pause();
    expect((await flood()).match(/HTTP\/1\.1 200/g)).toHaveLength(10_000);
    bff.stdout.resume();
    expect(await dropNotice).toBeGreaterThan(100);

    bff.stdout.pause();
    expect((await flood()).match(/HTTP\/1\.1 200/g)).toHaveLength(10_000);
    bff.kill("SIGTERM");
    expect(await bff.exited).toBe(0);
  });
});
