import { get } from "node:http";
import { text } from "node:stream/consumers";
import { DEFAULT_BASE_PATH } from "@mailoo-chat/protocol";
import { afterAll, describe, expect, it } from "vitest";
import { ConfigError, parseConfig } from "../src/config/parse-config.ts";
import { bffEnvironment, SITE } from "./support/start-bff.ts";
import { startChat } from "./support/start-chat.ts";

const chat = await startChat({
  MAILOO_CHAT_ALLOWED_ORIGINS: `${SITE},https://chat.example.com,https://*.example.org`,
  MAILOO_CHAT_PAGE: JSON.stringify({ title: 'Mud & "Tide" <3', accent: "rgb(10 20 30)", theme: "dark" }),
});
afterAll(() => chat[Symbol.asyncDispose]());

/** `fetch` sets `Host` itself. */
function load(path: string, headers: Record<string, string> = {}) {
  return new Promise<{ status?: number; headers: NodeJS.Dict<string | string[]>; body: string }>(
    (resolve, reject) => {
      const all = { host: "chat.example.com", ...headers };
      get(`${chat.bff.url}${path}`, { headers: all }, async (response) => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: await text(response) });
      }).on("error", reject);
    },
  );
}

describe("[PAGE-1] the chat page", () => {
  it.each([`${DEFAULT_BASE_PATH}/chat`, "/chat"])(
    "is served at %s for links from any site, without an inline script, and not for search engines",
    async (path) => {
      const { status, headers, body } = await load(path, { "sec-fetch-site": "cross-site" });
      expect(status).toBe(200);
      expect(headers["content-type"]).toBe("text/html; charset=utf-8");
      const policy = String(headers["content-security-policy"]);
      expect(policy).toContain("default-src 'none';script-src 'self';style-src 'sha256-");
      expect(policy).toContain("connect-src 'self' wss://chat.example.com;");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain("unsafe");
      expect(headers).toMatchObject({
        "x-robots-tag": "noindex",
        "referrer-policy": "no-referrer",
        "cache-control": "no-cache",
        vary: "Origin, Accept-Language",
      });
      expect(body).toContain('<meta name="robots" content="noindex">');
      expect(body.match(/<script[^>]*>[^<]*/g)).toEqual([
        '<script async src="widget.js" data-mode="page" data-target="main" data-title="Mud &amp; &quot;Tide&quot; &lt;3" data-accent="rgb(10 20 30)" data-theme="dark">',
      ]);
      expect(body).toContain("<title>Mud &amp; &quot;Tide&quot; &lt;3</title>");
    },
  );

  it.each([
    ["", {}, '<html lang="en" dir="ltr">'],
    ["?locale=he", { "accept-language": "de" }, '<html lang="he" dir="rtl">'],
    ["?locale=pt_br", {}, '<html lang="pt-BR" dir="ltr">'],
    ["", { "accept-language": "de;q=0.5, ar-EG" }, '<html lang="ar-EG" dir="rtl">'],
    ['?locale="><script>', { "accept-language": "*" }, '<html lang="en" dir="ltr">'],
  ])("%s with %j is in its language: %s", async (query, headers, tag) => {
    const { body } = await load(`/chat${encodeURI(query)}`, headers as Record<string, string>);
    expect(body).toContain(tag);
  });

  it.each([
    ["another host", { host: "bff.internal:8787" }, 404],
    ["a host below a wildcard", { host: "Help.Example.org" }, 200],
    ["the host that a proxy names", { host: "bff.internal", "x-forwarded-host": "chat.example.com" }, 200],
    ["a host that ends the policy", { host: "x;script-src.example.org" }, 404],
  ])("is there only under an allowed origin of its own: %s", async (_case, headers, status) => {
    const answer = await load("/chat", headers as Record<string, string>);
    expect(answer.status).toBe(status);
    if (status === 404) {
      expect(JSON.parse(answer.body)).toMatchObject({
        code: "not_found",
        detail: expect.stringContaining("MAILOO_CHAT_ALLOWED_ORIGINS"),
      });
    }
  });

  it("does not start with options that its widget does not have", () => {
    for (const value of [
      '{"titel":"Us"}',
      '{"accent":"red;}"}',
      '{"avatar":"http://a.example/x.png"}',
      "Us",
    ]) {
      const env = bffEnvironment("https://mailoo.example", { MAILOO_CHAT_PAGE: value });
      expect(() => parseConfig(env), value).toThrow(ConfigError);
    }
  });
});
