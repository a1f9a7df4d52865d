import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { startSandbox } from "@mailoo-chat/sandbox";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { describe, expect, it, onTestFinished } from "vitest";
import { startEgressProxy } from "./support/egress-proxy.ts";
import { runBffCommand, type SpawnedBff, spawnBff } from "./support/spawn-bff.ts";
import { bffEnvironment } from "./support/start-bff.ts";

describe("behind an egress proxy", { timeout: 60_000 }, () => {
  it("an https platform is reached through tunnels, by requests and by sockets", async () => {
    await using sandbox = await startSandbox();
    await using proxy = await startEgressProxy();
    const { url, certificate } = await startTlsFront(sandbox.port);
    await using bff = await spawnBff({
      platform: { url },
      env: { HTTPS_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: certificate },
    });
    await talk(bff, sandbox);
    const { host } = new URL(url);
    await expect.poll(() => proxy.seen.length).toBeGreaterThan(1);
    expect(new Set(proxy.seen)).toEqual(new Set([`CONNECT ${host}`]));
    bff.kill("SIGTERM");
    const { stdout, stderr } = await bff.finished;
    expect(stdout + stderr).not.toContain(proxy.password);
  });

  it("an http platform, its sockets and a key set are reached through it, too", async () => {
    await using sandbox = await startSandbox();
    await using proxy = await startEgressProxy();
    const { privateKey, publicKey } = await generateKeyPair("ES256");
    const keys = await startKeyServer({ ...(await exportJWK(publicKey)), kid: "k1", alg: "ES256" });
    await using bff = await spawnBff({
      platform: sandbox,
      env: { HTTP_PROXY: proxy.url, MAILOO_CHAT_IDENTITY_JWKS_URL: keys },
    });
    const token = await new SignJWT({ sub: "user-1" })
      .setProtectedHeader({ alg: "ES256", kid: "k1" })
      .setAudience("mailoo-chat")
      .setExpirationTime("10m")
      .sign(privateKey);
    await talk(bff, sandbox, { visitor: { token } });
    expect(proxy.seen).toContain(`GET ${keys}`);
    expect(proxy.seen.some((line) => line.startsWith(`POST ${sandbox.url}`))).toBe(true);
    await expect.poll(() => proxy.seen).toContain(`CONNECT ${new URL(sandbox.url).host}`);
  });

  it("what NO_PROXY names is reached directly", async () => {
    await using sandbox = await startSandbox();
    await using proxy = await startEgressProxy();
    await using bff = await spawnBff({
      platform: sandbox,
      env: { HTTP_PROXY: proxy.url, NO_PROXY: "localhost,127.0.0.1" },
    });
    await talk(bff, sandbox);
    expect(proxy.seen).toEqual([]);
  });

  it("check names a proxy that does not let it through, without its password", async () => {
    await using sandbox = await startSandbox();
    await using proxy = await startEgressProxy();
    const refused = new URL(proxy.url);
    refused.password = "wrong";
    const env = bffEnvironment(sandbox.url, { HTTP_PROXY: refused.href });
    const { code, stdout } = await runBffCommand(["check"], env);
    expect(code).toBe(1);
    expect(stdout).toContain(`the proxy ${refused.host} (HTTPS_PROXY, NO_PROXY)`);
    expect(stdout).not.toContain("wrong@");
  });

  it("a proxy of another protocol is refused at start", async () => {
    const env = bffEnvironment("https://api.example.com", { HTTPS_PROXY: "socks5://127.0.0.1:1080" });
    const { code, stderr } = await runBffCommand(["start"], env);
    expect([code, stderr]).toEqual([78, expect.stringMatching(/^HTTPS_PROXY: /)]);
  });
});

/** A message there, and an answer back by the socket. */
async function talk(
  bff: SpawnedBff,
  sandbox: { reply(sessionPublicId: string, content: string): unknown },
  more: object = {},
): Promise<void> {
  const { status, body } = await bff.submit({ content: "hello", ...more });
  expect(status).toBe(201);
  const { session } = body;
  const socket = bff.socket();
  await socket.opened();
  socket.hello(session.token);
  await socket.ready();
  sandbox.reply(session.sessionPublicId, "an answer");
  await socket.message("an answer");
  socket.close();
}

/** TLS in front of a port of this machine, with a certificate of its own. */
async function startTlsFront(port: number): Promise<{ url: string; certificate: string }> {
  const folder = mkdtempSync(join(tmpdir(), "mailoo-chat-tls-"));
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  execFileSync(
    "openssl",
    ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, ...subject],
    { stdio: "ignore" },
  );
  const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (socket) => {
    const inner = connect(port, "127.0.0.1");
    socket.pipe(inner).pipe(socket);
    for (const side of [socket, inner]) side.on("error", () => inner.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  onTestFinished(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  return { url: `https://localhost:${(server.address() as AddressInfo).port}`, certificate };
}

async function startKeyServer(jwk: object): Promise<string> {
  const server: Server = createServer((_req, res) => res.end(JSON.stringify({ keys: [jwk] })));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
}
