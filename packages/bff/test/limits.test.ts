import { describe, expect, it } from "vitest";
import type { ProofOfWork } from "../src/auth/challenge-gate.ts";
import { makeVisitorKey, submitInit } from "./support/bff-calls.ts";
import { solveChallenge } from "./support/solve-challenge.ts";
import { startChat, type TestChat } from "./support/start-chat.ts";

describe("a limit", () => {
  it("[LIMIT-1] of requests holds for an address, with an honest Retry-After, and not for health, files and preflights", async () => {
    await using chat = await startChat({ MAILOO_CHAT_LIMIT_IP_REQUESTS: "3/60" });
    for (let count = 0; count < 3; count++) expect((await chat.bff.request("/status")).status).toBe(200);
    const { status, body, headers } = await chat.bff.problem("/status");
    expect([status, body.code]).toEqual([429, "rate_limited"]);
    expect(body.retryAfter).toBeGreaterThan(50);
    expect(body.retryAfter).toBeLessThanOrEqual(60);
    expect(headers.get("retry-after")).toBe(String(body.retryAfter));
    expect((await chat.bff.request("/healthz")).status).toBe(200);
    expect((await chat.bff.request("/status", { method: "OPTIONS" })).status).toBe(204);
    const upgrade = await chat.bff.socket().refused();
    expect(upgrade.status).toBe(429);
  });

  it.each<[string, string, RequestInit]>([
    ["refused origins", "/status", { headers: { Origin: "https://evil.test" } }],
    ["unknown paths", "/nope", {}],
    ["wrong methods", "/status", { method: "DELETE" }],
  ])("of requests counts %s, too", async (_what, path, init) => {
    await using chat = await startChat({ MAILOO_CHAT_LIMIT_IP_REQUESTS: "2/60" });
    for (let count = 0; count < 2; count++) {
      expect([403, 404, 405]).toContain((await chat.bff.request(path, init)).status);
    }
    expect((await chat.bff.request(path, init)).status).toBe(429);
    expect((await chat.bff.request("/status")).status).toBe(429);
  });

  it("of requests counts refused upgrades, too", async () => {
    await using chat = await startChat({ MAILOO_CHAT_LIMIT_IP_REQUESTS: "1/60" });
    expect((await chat.bff.socket({ origin: "https://evil.test" }).refused()).status).toBe(403);
    expect((await chat.bff.socket().refused()).status).toBe(429);
  });

  it("of new sessions leaves a challenge's solution good for when the limit is over", async () => {
    await using chat = await startChat({
      MAILOO_CHAT_CHALLENGE: "always",
      MAILOO_CHAT_LIMIT_IP_NEW_SESSIONS: "1/5",
    });
    const solve = async () => {
      const { body } = await chat.bff.submitProblem({ content: "x" });
      return solveChallenge((body as unknown as { challenge: ProofOfWork }).challenge);
    };
    const [first, second] = [await solve(), await solve()];
    const submit = async (challengeSolution: unknown) =>
      (await chat.bff.request("/submit", submitInit({ content: "x", challengeSolution }))).status;
    expect(await submit(first)).toBe(201);
    expect(await submit(second)).toBe(429);
    const statuses: number[] = [];
    const afterTheLimit = async () => {
      statuses.push(await submit(second));
      return statuses.at(-1);
    };
    await expect.poll(afterTheLimit, { timeout: 12_000, interval: 500 }).not.toBe(429);
    // Had it been used up, another would be asked for.
    expect(statuses.at(-1)).toBe(201);
  });

  it("is over when its window is", async () => {
    await using chat = await startChat({ MAILOO_CHAT_LIMIT_IP_REQUESTS: "1/1" });
    expect((await chat.bff.request("/status")).status).toBe(200);
    expect((await chat.bff.problem("/status")).body.retryAfter).toBe(1);
    await expect.poll(async () => (await chat.bff.request("/status")).status, { timeout: 5_000 }).toBe(200);
  });

  it("of new sessions leaves open sessions talking", async () => {
    await using chat = await startChat({ MAILOO_CHAT_LIMIT_IP_NEW_SESSIONS: "1/600" });
    const { session } = (await chat.bff.submit({ content: "one", visitorKey: makeVisitorKey() })).body;
    const refused = await chat.bff.submitProblem({ content: "two", visitorKey: makeVisitorKey() });
    expect([refused.status, refused.body.code]).toEqual([429, "rate_limited"]);
    expect((await chat.bff.submit({ content: "two" }, session.token)).status).toBe(201);
  });

  it("of a session's messages holds for that session alone", async () => {
    await using chat = await startChat({ MAILOO_CHAT_LIMIT_SESSION_SENDS: "1/60" });
    const { session } = (await chat.bff.submit({ content: "one" })).body;
    expect((await chat.bff.submit({ content: "two" }, session.token)).status).toBe(201);
    expect((await chat.bff.submitProblem({ content: "three" }, session.token)).body.code).toBe(
      "rate_limited",
    );
    const other = (await chat.bff.submit({ content: "other" })).body.session;
    expect((await chat.bff.submit({ content: "two" }, other.token)).status).toBe(201);
  });

  it("on calls to the platform holds during a flood, and open sessions keep their turns", async () => {
    await using chat = await startChat({
      MAILOO_CHAT_LIMIT_IP_REQUESTS: "0",
      MAILOO_CHAT_LIMIT_IP_NEW_SESSIONS: "0",
      MAILOO_CHAT_LIMIT_UPSTREAM_SENDS: "5/1",
    });
    const { session } = (await chat.bff.submit({ content: "one" })).body;
    const startedAtMs = performance.now();
    const flood = Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        chat.bff.request("/submit", submitInit({ content: `flood ${index}`, visitorKey: makeVisitorKey() })),
      ),
    );
    const talking = ["two", "three"].map((content) => chat.bff.submit({ content }, session.token));
    expect((await Promise.all(talking)).map(({ status }) => status)).toEqual([201, 201]);
    const refused = (await flood).filter(({ status }) => status !== 201);
    const seconds = (performance.now() - startedAtMs) / 1_000;
    expect(chat.sandbox.stats().requests.send.requests).toBeLessThanOrEqual(Math.ceil(5 * (seconds + 1)) + 1);
    expect(refused.length).toBeGreaterThan(30);
    for (const response of refused) {
      expect(await response.json()).toMatchObject({
        code: "upstream_unavailable",
        retryAfter: expect.any(Number),
      });
    }
  });

  it("of new sessions, met by many addresses, asks for work by itself", async () => {
    await using chat = await startChat({
      MAILOO_CHAT_LIMIT_IP_NEW_SESSIONS: "1/600",
      MAILOO_CHAT_CHALLENGE: "auto",
      TRUST_PROXY: "1",
    });
    const first = async (address: string, more: object = {}) => {
      const init = submitInit({ content: "x", visitorKey: makeVisitorKey(), ...more });
      return chat.bff.request("/submit", {
        ...init,
        headers: { ...init.headers, "X-Forwarded-For": address },
      });
    };
    for (let host = 1; host <= 5; host++) {
      expect((await first(`203.0.113.${host}`)).status).toBe(201);
      expect((await first(`203.0.113.${host}`)).status).toBe(429);
    }
    const asked = await first("198.51.100.1");
    expect(asked.status).toBe(403);
    const { code, challenge } = (await asked.json()) as { code: string; challenge: ProofOfWork };
    expect(code).toBe("challenge_required");
    const config = (await chat.bff.chatConfig()).body as { challenge: unknown };
    expect(config.challenge).toMatchObject({ algorithm: "SHA-256" });
    const challengeSolution = solveChallenge(challenge);
    expect((await first("198.51.100.1", { challengeSolution })).status).toBe(201);
  });

  it("counts visitors behind a trusted proxy by their own addresses, and others by their peers'", async () => {
    const from = (address: string) => ({ headers: { "X-Forwarded-For": address } });
    await using trusting = await startChat({ MAILOO_CHAT_LIMIT_IP_REQUESTS: "1/60", TRUST_PROXY: "1" });
    expect((await trusting.bff.request("/status", from("203.0.113.1"))).status).toBe(200);
    expect((await trusting.bff.request("/status", from("203.0.113.2"))).status).toBe(200);
    expect((await trusting.bff.request("/status", from("9.9.9.9, 203.0.113.2"))).status).toBe(429);
    expect((await trusting.bff.request("/status", from("2001:db8:1:100::1"))).status).toBe(200);
    expect((await trusting.bff.request("/status", from("2001:db8:1:1ff::2"))).status).toBe(429);
    await using strict = await startChat({ MAILOO_CHAT_LIMIT_IP_REQUESTS: "1/60" });
    expect((await strict.bff.request("/status", from("203.0.113.1"))).status).toBe(200);
    expect((await strict.bff.request("/status", from("203.0.113.2"))).status).toBe(429);
    const warnings = (chat: TestChat) => chat.bff.log.text.match(/no proxy is trusted/g) ?? [];
    expect([warnings(trusting).length, warnings(strict).length]).toEqual([0, 1]);
  });
});
