import { mkdtempDisposable } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Sandbox, SEED, startSandbox } from "../src/index.ts";
import { asOwner, call, listen, ownerPath } from "./platform-client.ts";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));

describe("the console's page", () => {
  let directory: Awaited<ReturnType<typeof mkdtempDisposable>>;

  beforeAll(async () => {
    directory = await mkdtempDisposable(join(tmpdir(), "mailoo-console-"));
    await build({
      configFile: join(PACKAGE, "vite.config.ts"),
      root: join(PACKAGE, "src/console"),
      logLevel: "error",
      build: { outDir: directory.path, emptyOutDir: true },
    });
  });
  afterAll(() => directory.remove());

  it("is served at / under a policy that allows its own files and nothing else", async () => {
    await using sandbox = await startSandbox({ consoleDirectory: directory.path });
    const page = await call(sandbox, "GET", "/");
    expect(page.status).toBe(200);
    expect(page.headers.get("content-type")).toContain("text/html");
    expect(page.headers.get("cache-control")).toBe("no-cache");
    const policy = page.headers.get("content-security-policy")?.split("; ");
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
      ]),
    );
    expect(policy?.join()).not.toContain("unsafe");
  });

  it("frames a preview that may load the one chat server that the sandbox knows", async () => {
    const policyOf = async (path: string, bffUrl?: string) => {
      const options = { consoleDirectory: directory.path, ...(bffUrl === undefined ? {} : { bffUrl }) };
      await using sandbox = await startSandbox(options);
      const page = await call(sandbox, "GET", path);
      expect(page.status).toBe(200);
      return page.headers.get("content-security-policy") ?? "";
    };
    expect(await policyOf("/configure/")).toContain("frame-ancestors 'none'");
    const preview = await policyOf("/configure/preview.html", "https://chat.example.com/base");
    expect(preview).toContain("script-src 'self' https://chat.example.com;");
    expect(preview).toContain("connect-src https://chat.example.com wss://chat.example.com;");
    expect(preview).toContain("frame-ancestors 'self'");
    expect(await policyOf("/configure/preview.html?bff=https://evil.example")).toContain(
      "script-src 'self';",
    );
  });

  it("holds no token, no inline script or style, and assets that may be kept for good", async () => {
    await using sandbox = await startSandbox({ consoleDirectory: directory.path });
    const html = String((await call(sandbox, "GET", "/")).body);
    expect(html).not.toContain(SEED.ownerToken);
    expect(html).not.toMatch(/<style|style=|<script(?![^>]*src=)|\son\w+=/);

    const assets = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => String(path));
    expect(assets.map((path) => path.replace(/.*\./, "")).sort()).toEqual(
      expect.arrayContaining(["css", "js", "svg"]),
    );
    for (const path of assets) {
      const asset = await call(sandbox, "GET", path);
      expect(asset.status).toBe(200);
      expect(asset.headers.get("cache-control")).toContain("immutable");
      expect(asset.body).not.toContain(SEED.ownerToken);
      expect(asset.body).not.toContain(SEED.apiKey);
    }
  });

  it("answers 503 with the build command if it was not built", async () => {
    await using sandbox = await startSandbox({ consoleDirectory: join(directory.path, "nothing") });
    expect(await call(sandbox, "GET", "/")).toMatchObject({
      status: 503,
      body: expect.stringContaining("pnpm build"),
    });
  });
});

describe("the console's token", () => {
  it("is handed to a page of this machine", async () => {
    await using sandbox = await startSandbox();
    const bootstrap = await call(sandbox, "GET", "/console/bootstrap");
    expect(bootstrap.body).toEqual({ ownerToken: SEED.ownerToken });
    expect(bootstrap.headers.get("access-control-allow-origin")).toBeNull();
    expect(bootstrap.headers.get("cache-control")).toBe("no-store");
  });

  it("is kept from another site's page and from a foreign name that resolves to this machine", async () => {
    await using sandbox = await startSandbox();
    const get = (headers: Record<string, string>) => getWithHeaders(sandbox, "/console/bootstrap", headers);
    expect(await get({ "Sec-Fetch-Site": "cross-site" })).toEqual({ ownerToken: null });
    expect(await get({ "Sec-Fetch-Site": "same-site" })).toEqual({ ownerToken: null });
    expect(await get({ Host: `rebound.example:${sandbox.port}` })).toEqual({ ownerToken: null });
    expect(await get({ "Sec-Fetch-Site": "same-origin" })).toEqual({ ownerToken: SEED.ownerToken });
  });

  it("does not exist where the sandbox is reached from other machines", async () => {
    await using sandbox = await startSandbox({ host: "0.0.0.0" });
    expect(await call(sandbox, "GET", "/console/bootstrap")).toMatchObject({ body: { ownerToken: null } });
    expect(await call(sandbox, "GET", "/console/integrations", { headers: asOwner })).toMatchObject({
      status: 401,
    });
  });
});

describe("the console's calls", () => {
  it("list the chats with what is unread in them, not the forms", async () => {
    await using sandbox = await startSandbox();
    sandbox.send("Hello");
    sandbox.reply(sandbox.send("Seen").sessionPublicId, "Yes");
    const { body } = await call(sandbox, "GET", "/console/integrations", { headers: asOwner });
    expect(body).toEqual({
      integrations: [
        {
          id: SEED.integrationId,
          projectUid: SEED.projectUid,
          name: "Website chat",
          presence: "auto",
          online: false,
          unreadCount: 1,
        },
      ],
    });
    expect(await call(sandbox, "GET", "/console/integrations")).toMatchObject({ status: 401 });
  });

  it("switch the presence and mark a session as read, and tell every open console", async () => {
    await using sandbox = await startSandbox();
    const session = sandbox.send("Hello").sessionPublicId;
    using console = await listen(sandbox, ownerPath());
    await console.received(1);
    const path = `/console/integrations/${SEED.integrationId}`;
    const put = (suffix: string, json: unknown) =>
      call(sandbox, "PUT", `${path}/${suffix}`, { headers: asOwner, json });

    expect(await put("presence", { presence: "away" })).toMatchObject({ status: 200 });
    expect(await put("presence", { presence: "asleep" })).toMatchObject({ status: 400 });
    expect(await put(`sessions/${session}/read`, {})).toMatchObject({ status: 200 });
    expect(await put("sessions/unknown/read", {})).toMatchObject({ status: 404 });
    expect((await console.received(3)).slice(1)).toMatchObject([
      { type: "presence", payload: { presence: "away" } },
      { type: "session", payload: { sessionPublicId: session, unreadCount: 0 } },
    ]);
  });
});

/** `fetch` does not let these headers be set. */
function getWithHeaders(sandbox: Sandbox, path: string, headers: Record<string, string>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    request(`${sandbox.url}${path}`, { headers }, async (response) => {
      let text = "";
      for await (const chunk of response.setEncoding("utf8")) text += chunk;
      resolve(JSON.parse(text));
    })
      .once("error", reject)
      .end();
  });
}
