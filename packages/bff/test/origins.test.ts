import { DEFAULT_BASE_PATH, SUBPROTOCOL } from "@mailoo-chat/protocol";
import { afterAll, describe, expect, it } from "vitest";
import { openRawConnection, sendRaw } from "./support/raw-http.ts";
import { startChat } from "./support/start-chat.ts";

const chat = await startChat({
  MAILOO_CHAT_ALLOWED_ORIGINS:
    "https://shop.example,https://*.example.com,http://localhost:5173,https://bücher.example,https://*.shop.test:8443",
  MAILOO_CHAT_LIMIT_IP_REQUESTS: "0",
});
afterAll(() => chat[Symbol.asyncDispose]());

const BASE = DEFAULT_BASE_PATH;
const HANDSHAKE =
  "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
  `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ${SUBPROTOCOL}\r\n`;

/** The answers to a question, a preflight, a send and an upgrade that all carry the same lines. */
async function ask(lines: string) {
  const head = `Host: bff\r\n${lines}`;
  const body = "Content-Type: application/json\r\nContent-Length: 2\r\n";
  const [get, preflight, submit, upgrade] = await Promise.all([
    sendRaw(chat.bff.url, `GET ${BASE}/status HTTP/1.1\r\n${head}Connection: close\r\n\r\n`),
    sendRaw(chat.bff.url, `OPTIONS ${BASE}/submit HTTP/1.1\r\n${head}Connection: close\r\n\r\n`),
    sendRaw(chat.bff.url, `POST ${BASE}/submit HTTP/1.1\r\n${head}${body}Connection: close\r\n\r\n{}`),
    handshake(`GET ${BASE}/ws HTTP/1.1\r\n${head}${HANDSHAKE}\r\n`),
  ]);
  return { get, preflight, submit, upgrade };
}

/** What an upgrade is answered; a socket that came about is closed. */
async function handshake(request: string): Promise<string> {
  const { socket, ended } = await openRawConnection(chat.bff.url);
  socket.write(request);
  socket.once("data", (chunk) => {
    if (String(chunk).startsWith("HTTP/1.1 101")) socket.destroy();
  });
  return ended;
}

const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);

describe("an origin that is listed", () => {
  it.each([
    "https://shop.example",
    "https://a.example.com",
    "https://www-2.example.com",
    "http://localhost:5173",
    "https://xn--bcher-kva.example",
    "https://www.shop.test:8443",
  ])("[ORIGIN-1] [ORIGIN-2] (%s) is let in by request and by socket, under its own name", async (origin) => {
    const { get, preflight, submit, upgrade } = await ask(`Origin: ${origin}\r\n`);
    expect([get, preflight, submit, upgrade].map(statusOf)).toEqual([200, 204, 400, 101]);
    for (const answer of [get, preflight, submit]) {
      expect(answer).toContain(`\r\nAccess-Control-Allow-Origin: ${origin}\r\n`);
      expect(answer).toMatch(/\r\nVary: Origin\r\n/);
      expect(answer).not.toMatch(/Access-Control-Allow-Credentials/i);
    }
  });
});

describe("an origin that is not", () => {
  it.each([
    ["another site", "https://evil.test"],
    ["another scheme", "http://shop.example"],
    ["a socket's scheme", "wss://shop.example"],
    ["another port", "https://shop.example:8443"],
    ["a default port spelt out", "https://shop.example:443"],
    ["a missing port", "http://localhost"],
    ["a trailing dot", "https://shop.example."],
    ["a trailing dot behind a wildcard", "https://a.example.com."],
    ["a trailing slash", "https://shop.example/"],
    ["a path", "https://shop.example/path"],
    ["upper case", "https://SHOP.example"],
    ["a suffix", "https://evilshop.example"],
    ["a prefix", "https://shop.example.evil.test"],
    ["user info", "https://shop.example@evil.test"],
    ["a backslash", "https://shop.example\\@evil.test"],
    ["a fragment", "https://evil.test#https://shop.example"],
    ["the bare host behind a wildcard", "https://example.com"],
    ["two labels before a wildcard", "https://a.b.example.com"],
    ["an empty label", "https://.example.com"],
    ["a star", "https://*.example.com"],
    ["a wildcard by http", "http://a.example.com"],
    ["a wildcard on another port", "https://www.shop.test"],
    ["a host that only ends alike", "https://aexample.com"],
    ["a label with a slash in disguise", "https://evil.test%2f.example.com"],
    ["unicode where punycode belongs", "https://bücher.example"],
    ["a look-alike in punycode", "https://xn--shp-6na.example"],
    ["null", "null"],
    ["nothing", ""],
    ["two at once", "https://shop.example https://evil.test"],
    ["a list", "https://shop.example, https://evil.test"],
    ["no scheme", "shop.example"],
    ["an opaque scheme", "file://"],
    ["the BFF's own", chat.bff.url],
  ])("[ORIGIN-1] [ORIGIN-2] (%s) is refused by request and by socket alike", async (_what, origin) => {
    const answers = Object.values(await ask(`Origin: ${origin}\r\n`));
    for (const answer of answers) {
      expect(statusOf(answer)).toBe(403);
      expect(answer).toContain('"code":"origin_not_allowed"');
      expect(answer).toMatch(/\r\nVary: Origin\r\n/);
    }
  });

  it.each(["https://evil.test", "null"])(
    "can be read by the page (%s), and nothing else can",
    async (origin) => {
      const { get, preflight, submit } = await ask(`Origin: ${origin}\r\n`);
      expect(preflight).not.toMatch(/Access-Control/i);
      for (const answer of [get, submit]) {
        expect(statusOf(answer)).toBe(403);
        expect(answer).toContain(`\r\nAccess-Control-Allow-Origin: ${origin}\r\n`);
        expect(answer).not.toMatch(/Access-Control-(Allow-(Headers|Credentials)|Expose)/i);
      }
    },
  );

  it("is logged once, with the variable to set", async () => {
    await Promise.all([1, 2, 3].map(() => ask("Origin: https://staging.shop.test\r\n")));
    const lines = chat.bff.log.lines.filter(({ origin }) => origin === "https://staging.shop.test");
    expect(lines).toEqual([
      expect.objectContaining({ msg: expect.stringContaining("MAILOO_CHAT_ALLOWED_ORIGINS") }),
    ]);
  });
});

describe("a page with a tracing script", () => {
  const askFor = (headers: string) =>
    sendRaw(
      chat.bff.url,
      `OPTIONS ${BASE}/submit HTTP/1.1\r\nHost: bff\r\nOrigin: https://shop.example\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: ${headers}\r\nConnection: close\r\n\r\n`,
    );
  const allowedBy = (answer: string) => /\r\nAccess-Control-Allow-Headers: (.*)\r\n/.exec(answer)?.[1];
  const OWN = "Authorization, Content-Type, Mailoo-Chat-Since, Mailoo-Chat-Wait";

  it("may add the headers of known tracing systems, and no others", async () => {
    expect(allowedBy(await askFor("authorization,content-type"))).toBe(OWN);
    expect(allowedBy(await askFor("baggage, sentry-trace,x-evil,traceparent,x-datadog-trace-id,b3"))).toBe(
      `${OWN}, baggage, sentry-trace, traceparent, x-datadog-trace-id, b3`,
    );
  });
});

it("answers a malformed handshake with a problem", async () => {
  const malformed = HANDSHAKE.replace("Version: 13", "Version: 12");
  const answer = await handshake(
    `GET ${BASE}/ws HTTP/1.1\r\nHost: bff\r\nOrigin: https://shop.example\r\n${malformed}\r\n`,
  );
  expect(statusOf(answer)).toBe(400);
  expect(answer).toContain("\r\nContent-Type: application/problem+json\r\n");
  expect(answer).toContain("\r\nSec-WebSocket-Version: 13\r\n");
});

describe("no origin at all", () => {
  it.each([
    ["nothing", "", 200],
    ["same-origin", "Sec-Fetch-Site: same-origin\r\n", 200],
    ["none", "Sec-Fetch-Site: none\r\n", 200],
    ["same-site", "Sec-Fetch-Site: same-site\r\n", 403],
    ["cross-site", "Sec-Fetch-Site: cross-site\r\n", 403],
  ])("[ORIGIN-2] with Sec-Fetch-Site %s is never enough for a socket", async (_site, lines, status) => {
    const { get, upgrade } = await ask(lines);
    expect([statusOf(get), statusOf(upgrade)]).toEqual([status, 403]);
    expect(get).not.toMatch(/Access-Control-Allow-Origin/i);
  });
});
