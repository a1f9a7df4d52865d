import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { BODY_MAX_BYTES, DEFAULT_BASE_PATH, HEARTBEAT_MS, type Problem } from "@mailoo-chat/protocol";
import { startSandbox } from "@mailoo-chat/sandbox";
import { findSnippets } from "@mailoo-chat/workspace/find-snippets";
import { REPOSITORY } from "@mailoo-chat/workspace/repository";
import { runCommand } from "@mailoo-chat/workspace/run-command";
import getPort from "get-port";
import { describe, expect, it } from "vitest";
import { createBffCalls } from "../src/bff-calls.ts";
import { openSocket } from "../src/open-socket.ts";
import { postFrom } from "../src/post-from.ts";
import { startBff } from "../src/servers/start-bff.ts";
import { hasCaddy, startCaddy } from "../src/servers/start-caddy.ts";
import { hasNginx, runNginx } from "../src/servers/start-nginx.ts";

const ORIGIN = "http://localhost:5173";
const NEW_SESSIONS = 3;

const PAGE = readFileSync(join(REPOSITORY, "docs/how-to/reverse-proxy.md"), "utf8");

interface RunningProxy extends AsyncDisposable {
  /** The certificate that a browser has to trust, as a file. */
  readonly authority: string;
}

interface Proxy {
  readonly language: string;
  readonly isInstalled: boolean;
  start(snippet: string, port: number): Promise<RunningProxy>;
}

const PROXIES: readonly Proxy[] = [
  {
    language: "nginx",
    isInstalled: hasNginx(),
    async start(snippet, port) {
      const certificate = await createCertificate();
      const nginx = await runNginx(
        replaceAll(snippet, {
          "listen 443 ssl;": `listen 127.0.0.1:${port} ssl;`,
          "chat.example.com": "localhost",
          "/etc/letsencrypt/live/localhost": certificate.folder,
        }),
        port,
      );
      return {
        authority: join(certificate.folder, "fullchain.pem"),
        async [Symbol.asyncDispose]() {
          await nginx[Symbol.asyncDispose]();
          certificate[Symbol.dispose]();
        },
      };
    },
  },
  {
    language: "caddyfile",
    isInstalled: hasCaddy(),
    start: (snippet, port) =>
      startCaddy(replaceAll(snippet, { "chat.example.com": `https://localhost:${port}` }), port),
  },
];

describe.each(PROXIES)("behind the $language snippet of docs/how-to/reverse-proxy.md", (proxy) => {
  if (!proxy.isInstalled) console.warn(`NOT TRIED: ${proxy.language}, which is not on this machine`);

  it.runIf(proxy.isInstalled)(
    "visitors chat over TLS and WebSocket, and limits count their own address",
    { timeout: 60_000 },
    async () => {
      await using sandbox = await startSandbox();
      await using bff = await startBff({
        platformUrl: sandbox.url,
        allowedOrigins: [ORIGIN],
        env: { ...variablesOfPage(), MAILOO_CHAT_LIMIT_IP_NEW_SESSIONS: `${NEW_SESSIONS}/600` },
      });
      const port = await getPort();
      const snippet = snippetOf(proxy.language).replaceAll("127.0.0.1:8787", `127.0.0.1:${bff.port}`);
      await using running = await proxy.start(snippet, port);
      setDefaultCACertificates([...getCACertificates(), readFileSync(running.authority, "utf8")]);
      const base = `https://localhost:${port}${DEFAULT_BASE_PATH}`;
      const calls = createBffCalls(base, ORIGIN);

      // The socket receives the owner's messages.
      const { session } = (await calls.submit({ content: "Hello" })).body;
      using socket = openSocket(`${base.replace("https", "wss")}/ws`, ORIGIN);
      await socket.ready(session.token);
      sandbox.reply(session.sessionPublicId, "an answer");
      await expect.poll(() => socket.contents(), { timeout: 10_000 }).toContain("an answer");

      // The BFF itself refuses a body that is too large, with an error that a page can read.
      const refused = await fetch(`${base}/submit`, {
        method: "POST",
        headers: { origin: ORIGIN, "content-type": "application/json" },
        body: JSON.stringify({ content: "large", padding: "x".repeat(BODY_MAX_BYTES) }),
      });
      expect([refused.status, refused.headers.get("access-control-allow-origin")]).toEqual([413, ORIGIN]);

      // Limits count the address that the proxy sees, regardless of the visitor's header.
      if (process.platform !== "linux") return;
      const url = `https://127.0.0.1:${port}${DEFAULT_BASE_PATH}/submit`;
      const first = (localAddress: string, forwardedFor: string) =>
        postFrom({ url, localAddress, forwardedFor, origin: ORIGIN, serverName: "localhost" });
      for (let count = 0; count < NEW_SESSIONS; count += 1) {
        expect((await first("127.0.0.2", `203.0.113.${count}`)).status).toBe(201);
      }
      const limited = await first("127.0.0.2", "198.51.100.7");
      expect([limited.status, (JSON.parse(limited.body) as Problem).code]).toEqual([429, "rate_limited"]);
      expect((await first("127.0.0.3", "127.0.0.2")).status).toBe(201);
    },
  );
});

it("nginx's timeout is longer than the idle time of sockets and polls", () => {
  const timeoutMs = Number(/proxy_read_timeout (\d+)s;/.exec(snippetOf("nginx"))?.[1]) * 1_000;
  expect(timeoutMs).toBeGreaterThan(2 * HEARTBEAT_MS);
});

function snippetOf(language: string): string {
  const snippet = findSnippets(PAGE).find((each) => each.language === language);
  if (snippet === undefined) throw new Error(`the page has no snippet in ${language}`);
  return snippet.code;
}

/** The BFF's variables, as the page's first block sets them. */
function variablesOfPage(): Record<string, string> {
  const [block] = findSnippets(PAGE);
  return Object.fromEntries(
    (block?.code ?? "")
      .trim()
      .split("\n")
      .map((line) => line.split("=") as [string, string]),
  );
}

/** @throws if the text lacks one of them */
function replaceAll(text: string, replacements: Readonly<Record<string, string>>): string {
  return Object.entries(replacements).reduce((current, [from, to]) => {
    if (!current.includes(from)) throw new Error(`the snippet lacks ${from}`);
    return current.replaceAll(from, to);
  }, text);
}

/** A self-signed certificate for localhost, with the names that Let's Encrypt's client uses. */
async function createCertificate() {
  const folder = mkdtempSync(join(tmpdir(), "mailoo-certificate-"));
  const { exitCode, output } = await runCommand(
    "openssl",
    [
      ...[
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "1",
      ],
      ...["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
      ...["-keyout", join(folder, "privkey.pem"), "-out", join(folder, "fullchain.pem")],
    ],
    { output: "collect" },
  );
  if (exitCode !== 0) throw new Error(output);
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}
