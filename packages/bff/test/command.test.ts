import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { SEED, startSandbox } from "@mailoo-chat/sandbox";
import { describe, expect, it } from "vitest";
import { runCli } from "../src/cli/run-cli.ts";
import type { Environment } from "../src/config/variables.ts";
import { startRedis } from "./support/redis.ts";
import { bffEnvironment, SITE, startBff } from "./support/start-bff.ts";

/** Runs the command in this process. */
async function run(
  args: readonly string[],
  env: Environment = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  let stdout = "";
  let stderr = "";
  const code = await runCli(args, {
    env,
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
  });
  return { code, stdout, stderr };
}

const PLATFORM_ACCESS = {
  MAILOO_CHAT_INTEGRATION_API_KEY: SEED.apiKey,
  MAILOO_CHAT_INTEGRATION_PROJECT_UID: SEED.projectUid,
};

describe("the command line", () => {
  it("explains itself", async () => {
    const help = await run(["--help"]);
    expect(help.code).toBe(0);
    for (const word of [
      "start",
      "check",
      "init",
      "create-integration",
      "--json",
      "--send",
      "MAILOO_CHAT_HOURS",
      "(600/60)",
    ])
      expect(help.stdout).toContain(word);
    const version = await run(["--version"]);
    expect([version.code, version.stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)]);
  });

  it.each([
    ["an unknown command", ["stop"]],
    ["an unknown option", ["start", "--fast"]],
    ["an option of another command", ["start", "--json"]],
    ["an address without a scheme", ["check", "--url", "chat.example.com"]],
    ["an address without a host", ["check", "--url", "https://"]],
    ["a missing name", ["create-integration", "--allowed-origin", SITE]],
    ["a missing origin", ["create-integration", "--name", "x"]],
    ["an origin that is none", ["create-integration", "--name", "x", "--allowed-origin", "shop"]],
  ])("ends with 2 for %s", async (_what, args) => {
    const { code, stderr } = await run(args);
    expect(code).toBe(2);
    expect(stderr).not.toBe("");
  });
});

describe("check", () => {
  it("passes a valid configuration without opening a session", async () => {
    await using sandbox = await startSandbox();
    const { code, stdout } = await run(["check", "--json"], bffEnvironment(sandbox.url));
    const report = JSON.parse(stdout) as { ok: boolean; findings: { severity: string }[] };
    expect(report.ok).toBe(true);
    expect(report.findings.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(code).toBe(0);
    expect(sandbox.sessions()).toEqual([]);
  });

  it("sends a real message with --send", async () => {
    await using sandbox = await startSandbox();
    const { code } = await run(["check", "--send"], bffEnvironment(sandbox.url));
    expect(code).toBe(0);
    expect(sandbox.sessions()).toHaveLength(1);
  });

  it.each([
    [
      "a wrong key",
      { MAILOO_CHAT_INTEGRATION_API_KEY: "a-wrong-key" },
      "platform-status",
      "MAILOO_CHAT_INTEGRATION_API_KEY",
    ],
    [
      "a wrong integration",
      { MAILOO_CHAT_INTEGRATION_ID: "no-such" },
      "platform-integration",
      "MAILOO_CHAT_INTEGRATION_ID",
    ],
    [
      "a wrong project",
      { MAILOO_CHAT_INTEGRATION_PROJECT_UID: "no-such" },
      "platform-integration",
      "MAILOO_CHAT_INTEGRATION_PROJECT_UID",
    ],
    [
      "an integration that is a form",
      { MAILOO_CHAT_INTEGRATION_ID: SEED.formIntegrationId },
      "platform-integration-type",
      "JSBOX",
    ],
    [
      "a key without the scope",
      { MAILOO_CHAT_INTEGRATION_API_KEY: SEED.createOnlyKey },
      "platform-status",
      "chat.send-message",
    ],
    [
      "an origin that the integration refuses",
      { MAILOO_CHAT_ALLOWED_ORIGINS: "https://evil.test" },
      "platform-",
      "allowed origins",
    ],
  ])("finds %s, and says how to mend it", async (_what, env, id, fix) => {
    await using sandbox = await startSandbox();
    const { code, stdout } = await run(["check", "--json"], bffEnvironment(sandbox.url, env));
    const report = JSON.parse(stdout) as {
      ok: boolean;
      findings: { id: string; severity: string; message: string; fix: string }[];
    };
    expect([code, report.ok]).toEqual([1, false]);
    const [finding] = report.findings.filter(({ severity }) => severity === "error");
    expect(finding?.id).toContain(id);
    expect(finding?.fix).toContain(fix);
    expect(stdout).not.toContain("a-wrong-key");
  });

  it("finds a misspelt variable", async () => {
    await using sandbox = await startSandbox();
    const env = bffEnvironment(sandbox.url, { MAILOO_CHAT_WELCOME_MESAGE: "Hi" });
    const { code, stdout } = await run(["check"], env);
    expect([code, stdout]).toEqual([0, expect.stringContaining("did you mean MAILOO_CHAT_WELCOME_MESSAGE?")]);
  });

  it("reports all refused origins in one finding", async () => {
    await using sandbox = await startSandbox();
    const origins = ["https://evil.test", SITE, "https://other.test"];
    const { code, stdout } = await run(
      ["check", "--json"],
      bffEnvironment(sandbox.url, { MAILOO_CHAT_ALLOWED_ORIGINS: origins.join(",") }),
    );
    const { findings } = JSON.parse(stdout) as { findings: { id: string; severity: string; fix: string }[] };
    const errors = findings.filter(({ severity }) => severity === "error");
    expect([code, errors.map(({ id }) => id)]).toEqual([1, ["platform-origin"]]);
    expect(errors[0]?.fix).toContain(
      "Add https://evil.test, https://other.test to the integration's allowed origins",
    );
  });

  it("reports a refused fallback origin for wildcards, but not as an error", async () => {
    await using sandbox = await startSandbox();
    const env = { MAILOO_CHAT_ALLOWED_ORIGINS: "https://*.shop.example" };
    const { code, stdout } = await run(["check", "--json"], bffEnvironment(sandbox.url, env));
    const { ok, findings } = JSON.parse(stdout) as {
      ok: boolean;
      findings: { id: string; message: string }[];
    };
    expect([code, ok]).toEqual([0, true]);
    const [finding] = findings.filter(({ id }) => id.startsWith("platform"));
    expect(finding?.id).toBe("platform-fallback-origin");
    expect(finding?.message).toContain("https://www.shop.example");
  });

  it("reports that addresses are those of a proxy unless TRUST_PROXY is set, and when there is nothing to do", async () => {
    await using sandbox = await startSandbox();
    const findingWith = async (env: Environment) => {
      const { stdout } = await run(["check", "--json"], bffEnvironment(sandbox.url, env));
      const { findings } = JSON.parse(stdout) as { findings: { id: string; message: string; fix: string }[] };
      return findings.find(({ id }) => id === "trust-proxy");
    };
    expect(await findingWith({})).toMatchObject({
      message: expect.stringContaining("right if browsers reach this server directly"),
      fix: expect.stringMatching(/^If there are proxies in front, .* Otherwise there is nothing to do\.$/),
    });
    expect(await findingWith({ TRUST_PROXY: "1" })).toBeUndefined();
  });

  it("warns of a socket that cannot be opened, unless sockets are off", async () => {
    await using sandbox = await startSandbox();
    sandbox.faults.set({ sockets: "refuse" });
    const idsWith = async (env: Environment) => {
      const { code, stdout } = await run(["check", "--json"], bffEnvironment(sandbox.url, env));
      const { findings } = JSON.parse(stdout) as { findings: { id: string; fix: string }[] };
      return { code, ids: findings.map(({ id }) => id).filter((id) => id.startsWith("platform")) };
    };
    expect(await idsWith({})).toEqual({ code: 0, ids: ["platform-socket"] });
    expect(await idsWith({ MAILOO_CHAT_UPSTREAM: "poll" })).toEqual({ code: 0, ids: [] });
  });

  it.each([
    ["a host that does not exist", "http://no-such-host.invalid", "its name is not found"],
    ["a port where nothing listens", "http://127.0.0.1:1", "nothing listens"],
  ])("tells %s apart", async (_what, url, why) => {
    const { stdout } = await run(["check"], bffEnvironment(url));
    expect(stdout).toContain(why);
  });

  it("distinguishes https from http if the platform speaks the other", async () => {
    await using sandbox = await startSandbox();
    const { stdout } = await run(["check"], bffEnvironment(sandbox.url.replace("http:", "https:")));
    expect(stdout).toContain("should begin with http or https");
  });

  it("explains a variable that is missing or wrong", async () => {
    const { code, stdout } = await run(
      ["check"],
      bffEnvironment("http://127.0.0.1:1", { MAILOO_CHAT_INTEGRATION_ID: "" }),
    );
    expect(code).toBe(78);
    expect(stdout).toContain(
      "MAILOO_CHAT_INTEGRATION_ID is required. The server does not start until this is fixed.",
    );
    expect(stdout).toContain("id of the integration, which must be of type JSBOX");
  });

  it("finds a Redis that is away or forgetful, and would still serve visitors", async () => {
    await using sandbox = await startSandbox();
    await using redis = await startRedis();
    const examine = async () => {
      const { code, stdout } = await run(
        ["check", "--json"],
        bffEnvironment(sandbox.url, { REDIS_URL: redis.url }),
      );
      const { findings } = JSON.parse(stdout) as { findings: { id: string }[] };
      return { code, ids: findings.map(({ id }) => id).filter((id) => id.startsWith("redis")) };
    };
    expect(await examine()).toEqual({ code: 0, ids: [] });
    await using connection = await redis.connect();
    await connection.config("SET", "maxmemory-policy", "allkeys-lru");
    expect(await examine()).toEqual({ code: 0, ids: ["redis-eviction"] });
    connection.disconnect();
    await redis.kill();
    expect(await examine()).toEqual({ code: 0, ids: ["redis"] });
  });

  it("accepts a Redis that allows only keys with the prefix", async () => {
    await using sandbox = await startSandbox();
    await using redis = await startRedis();
    await using connection = await redis.connect();
    await connection.call("ACL", "SETUSER", "chat", "on", ">word", "~chat:*", "+@all");
    const env = bffEnvironment(sandbox.url, {
      REDIS_URL: redis.url.replace("//", "//chat:word@"),
      REDIS_PREFIX: "chat:",
    });
    const { code, stdout } = await run(["check", "--json"], env);
    const { findings } = JSON.parse(stdout) as { findings: { id: string }[] };
    expect([code, findings.map(({ id }) => id).filter((id) => id.startsWith("redis"))]).toEqual([0, []]);
  });

  it("explains why a platform cannot be reached", async () => {
    const { code, stdout } = await run(["check"], bffEnvironment("http://127.0.0.1:1"));
    expect(code).toBe(1);
    expect(stdout).toContain("cannot be reached");
    expect(stdout).toContain("Not ready for visitors");
  });

  it("ends with 78 for a wrong configuration, in JSON too", async () => {
    const { code, stdout, stderr } = await run(["check", "--json"], {});
    expect(code).toBe(78);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false });
    expect(stderr).toContain("MAILOO_CHAT_INTEGRATION_ID: ");
  });
});

describe("check --url", () => {
  /** What is found from outside, and of the proxy's hops. */
  async function findOutside(url: string, platformUrl: string, env: Environment = {}) {
    const { stdout } = await run(["check", "--json", "--url", url], bffEnvironment(platformUrl, env));
    const { findings } = JSON.parse(stdout) as { findings: { id: string; severity: string }[] };
    return findings
      .filter(({ id }) => /^(outside|trust-proxy)/.test(id))
      .map(({ id, severity }) => `${severity} ${id}`);
  }

  it("accepts a running server, at its root and at its base path", async () => {
    await using sandbox = await startSandbox();
    await using bff = await startBff({ platform: sandbox });
    // Its readiness follows its first answer from the platform.
    await expect.poll(async () => (await fetch(`${bff.base}/readyz`)).status, { timeout: 10_000 }).toBe(200);
    for (const url of [bff.url, bff.base]) {
      const findings = await findOutside(url, sandbox.url, { TRUST_PROXY: "1" });
      // The script is there only where the widget has been built.
      expect(findings.filter((finding) => finding !== "error outside-script")).toEqual([]);
    }
  });

  it("finds a server that runs with other origins", async () => {
    await using sandbox = await startSandbox();
    await using bff = await startBff({ platform: sandbox });
    const env = { TRUST_PROXY: "1", MAILOO_CHAT_ALLOWED_ORIGINS: "http://localhost:9" };
    expect(await findOutside(bff.url, sandbox.url, env)).toContain("error outside-origin");
  });

  it("finds a proxy that refuses upgrades, and one that breaks CORS", async () => {
    await using sandbox = await startSandbox();
    await using bff = await startBff({ platform: sandbox });
    let allowed = SITE;
    await using proxy = await startHttpServer(async (req, res) => {
      const answer = await fetch(`${bff.url}${req.url}`, { headers: { origin: SITE } });
      res.writeHead(answer.status, {
        "Content-Type": answer.headers.get("content-type") ?? "",
        ...(answer.headers.has("access-control-allow-origin") && { "Access-Control-Allow-Origin": allowed }),
      });
      res.end(await answer.text());
    });
    expect(await findOutside(proxy.url, sandbox.url)).toContain("warning outside-upgrade");
    allowed = "https://other.example";
    expect(await findOutside(proxy.url, sandbox.url)).toContain("error outside-cors");
  });

  it("finds another program at the address, and an address without an answer", async () => {
    await using sandbox = await startSandbox();
    await using other = await startHttpServer(
      (_req, res) => void res.setHeader("Content-Type", "text/html").end("<p>"),
    );
    expect(await findOutside(other.url, sandbox.url, { TRUST_PROXY: "1" })).toEqual([
      "error outside-script",
      "error outside-config",
    ]);
    expect(await findOutside("http://127.0.0.1:1", sandbox.url, { TRUST_PROXY: "1" })).toEqual([
      "error outside-unreachable",
    ]);
  });

  it("warns of a chat page that is not there, since its origin is not allowed", async () => {
    await using sandbox = await startSandbox();
    const idsWith = async (origins: string) => {
      const page = { MAILOO_CHAT_PAGE: '{"title":"Us"}', MAILOO_CHAT_ALLOWED_ORIGINS: origins };
      const env = bffEnvironment(sandbox.url, page);
      const { stdout } = await run(["check", "--json", "--url", "http://127.0.0.1:1"], env);
      return (JSON.parse(stdout) as { findings: { id: string }[] }).findings.map(({ id }) => id);
    };
    expect(await idsWith("https://www.example.com")).toContain("chat-page");
    expect(await idsWith("https://www.example.com,http://127.0.0.1:1")).not.toContain("chat-page");
  });

  it("knows that https means a proxy, which TRUST_PROXY must count", async () => {
    await using sandbox = await startSandbox();
    expect(await findOutside("https://127.0.0.1:1", sandbox.url)).toContain("error trust-proxy");
    expect(await findOutside("https://127.0.0.1:1", sandbox.url, { TRUST_PROXY: "1" })).toEqual([
      "error outside-unreachable",
    ]);
  });
});

async function startHttpServer(listener: RequestListener) {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("create-integration", () => {
  it("makes an integration with which check is content, given the lines that it prints", async () => {
    await using sandbox = await startSandbox();
    const access = { MAILOO_CHAT_INTEGRATION_API: sandbox.url, ...PLATFORM_ACCESS };
    const args = [
      "create-integration",
      "--name",
      "Shop",
      "--allowed-origin",
      "https://Shop.example/",
      "--allowed-origin",
      "https://*.shop.example:443",
      "--welcome-message",
      'Say "hi"!',
    ];
    const created = await run([...args, "--json"], access);
    expect(created.code).toBe(0);
    const { integrationId, env } = JSON.parse(created.stdout) as {
      integrationId: string;
      env: Record<string, string>;
    };
    const [integration] = sandbox.integrations().filter(({ publicId }) => publicId === integrationId);
    // As browsers write them, since a platform may compare texts.
    expect(integration?.config.allowedOrigins).toEqual(["https://shop.example", "https://*.shop.example"]);
    expect(env).toMatchObject({
      MAILOO_CHAT_INTEGRATION_ID: integrationId,
      MAILOO_CHAT_ALLOWED_ORIGINS: "https://shop.example,https://*.shop.example",
      MAILOO_CHAT_WELCOME_MESSAGE: 'Say "hi"!',
    });
    const checked = await run(["check"], bffEnvironment(sandbox.url, env));
    expect([checked.code, checked.stdout]).toEqual([0, expect.stringContaining("Ready for visitors")]);
    const printed = await run(args, access);
    expect(printed.stdout).toContain(`MAILOO_CHAT_WELCOME_MESSAGE='Say "hi"!'\n`);
    expect(printed.stdout).not.toContain(SEED.apiKey);
  });

  it("explains a refusal of the platform, and requires its three variables", async () => {
    await using sandbox = await startSandbox();
    const args = ["create-integration", "--name", "Shop", "--allowed-origin", SITE];
    const refused = await run(args, {
      MAILOO_CHAT_INTEGRATION_API: sandbox.url,
      ...PLATFORM_ACCESS,
      MAILOO_CHAT_INTEGRATION_API_KEY: SEED.sendOnlyKey,
    });
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining("webhook.chat-integration-create"),
    ]);
    const bare = await run(args, {});
    expect(bare.code).toBe(78);
    expect(bare.stderr.trim().split("\n")).toHaveLength(3);
  });
});
