import { jwtVerify, SignJWT, UnsecuredJWT } from "jose";
import { describe, expect, it } from "vitest";
import { createSessionTokens, type SessionTokensOptions, toAudience } from "./session-tokens.ts";

const SECRET = "a secret of at least thirty-two bytes";
const OTHER_SECRET = "another secret of thirty-two bytes at least";
const NOW_MS = Date.parse("2026-05-01T12:00:00Z");
const DAY_MS = 24 * 60 * 60 * 1000;
const AUDIENCE = toAudience("mailoo-website", "integration-1");

function tokensAt(nowMs: number, overrides: Partial<SessionTokensOptions> = {}) {
  return createSessionTokens({
    secrets: [SECRET],
    projectUid: "mailoo-website",
    integrationId: "integration-1",
    now: () => nowMs,
    ...overrides,
  });
}

const refused = { name: "ProblemError", code: "session_token_invalid" };

function signWithJose(
  claims: Record<string, unknown>,
  header: { alg: string; typ?: string } = { alg: "HS256" },
) {
  return new SignJWT({ sub: "session-1", aud: AUDIENCE, exp: NOW_MS / 1000 + 60, ...claims })
    .setProtectedHeader(header)
    .sign(new TextEncoder().encode(SECRET));
}

describe("createSessionTokens", () => {
  it("reports a session that a send has opened as such, on every replica", async () => {
    const seen: unknown[] = [];
    const onSession = (...session: unknown[]) => void seen.push(session);
    const one = tokensAt(NOW_MS, { onSession });
    const two = tokensAt(NOW_MS + 9_000, { onSession });
    const { token } = await one.issue("session-1", { identified: false, owner: null }, { opened: true });
    const renewed = await one.issue("session-1", await two.verify(token));
    await two.verify(renewed.token);
    expect(seen).toEqual([
      ["session-1", NOW_MS, true],
      ["session-1", NOW_MS, true],
      ["session-1", NOW_MS, false],
      ["session-1", NOW_MS, false],
    ]);
  });

  it("reads back what it issued", async () => {
    const tokens = tokensAt(NOW_MS);
    const { token, expiresAt } = await tokens.issue("session-1");
    expect(expiresAt).toBe("2026-05-31T12:00:00.000Z");
    expect(await tokens.verify(token)).toEqual({
      sessionPublicId: "session-1",
      issuedAtMs: NOW_MS,
      expiresAtMs: NOW_MS + 30 * DAY_MS,
      stale: false,
      identified: false,
      opened: false,
      owner: null,
    });
  });

  it("remembers that the visitor was verified, by that claim alone", async () => {
    const tokens = tokensAt(NOW_MS);
    const { token } = await tokens.issue("session-1", { identified: true, owner: null });
    expect(await tokens.verify(token)).toMatchObject({ sessionPublicId: "session-1", identified: true });
    for (const idv of [true, "1", 2, null]) {
      expect(await tokens.verify(await signWithJose({ idv }))).toMatchObject({ identified: false });
    }
  });

  it("issues the promised claims and nothing more", async () => {
    const { token } = await tokensAt(NOW_MS).issue("sitzung-ü");
    const { payload, protectedHeader } = await jwtVerify(token, new TextEncoder().encode(SECRET), {
      algorithms: ["HS256"],
      audience: AUDIENCE,
      currentDate: new Date(NOW_MS),
    });
    expect(protectedHeader.alg).toBe("HS256");
    expect(payload).toEqual({
      sub: "sitzung-ü",
      aud: AUDIENCE,
      iat: NOW_MS / 1000,
      exp: NOW_MS / 1000 + 30 * 24 * 60 * 60,
    });
  });

  it("accepts a token with or without typ and iat", async () => {
    const tokens = tokensAt(NOW_MS);
    for (const token of [
      await signWithJose({}),
      await signWithJose({ iat: NOW_MS / 1000 }, { alg: "HS256", typ: "JWT" }),
    ]) {
      expect(await tokens.verify(token)).toMatchObject({ sessionPublicId: "session-1" });
    }
  });

  it("[TOKEN-2] does not spell out the platform's ids", async () => {
    const { token } = await tokensAt(NOW_MS).issue("session-1");
    const readable = token
      .split(".")
      .map((part) => Buffer.from(part, "base64url").toString("latin1"))
      .join("");
    expect(readable).not.toContain("mailoo-website");
    expect(readable).not.toContain("integration-1");
  });

  it("refuses a token with any one character altered, and still accepts the original afterwards", async () => {
    const tokens = tokensAt(NOW_MS);
    const { token } = await tokens.issue("session-1");
    await tokens.verify(token);
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ ";
    for (let index = 0; index < token.length; index++) {
      const step = 1 + (index % (alphabet.length - 1));
      const at = alphabet.indexOf(token.charAt(index));
      const other = alphabet.charAt((at + step) % alphabet.length);
      const altered = token.slice(0, index) + other + token.slice(index + 1);
      await expect(tokens.verify(altered), `character ${index}`).rejects.toMatchObject(refused);
    }
    expect((await tokens.verify(token)).sessionPublicId).toBe("session-1");
  });

  it("refuses every other spelling of the signature's last character", async () => {
    const tokens = tokensAt(NOW_MS);
    const { token } = await tokens.issue("session-1");
    for (const last of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") {
      if (token.endsWith(last)) continue;
      await expect(tokens.verify(token.slice(0, -1) + last)).rejects.toMatchObject(refused);
    }
    await expect(tokens.verify(`${token}=`)).rejects.toMatchObject(refused);
  });

  it("[TOKEN-1] refuses another secret, another integration, another algorithm, and none at all", async () => {
    const tokens = tokensAt(NOW_MS);
    const claims = { sub: "session-1", aud: AUDIENCE, exp: NOW_MS / 1000 + 60 };
    const foreign = [
      (await tokensAt(NOW_MS, { secrets: [OTHER_SECRET] }).issue("session-1")).token,
      (await tokensAt(NOW_MS, { integrationId: "integration-2" }).issue("session-1")).token,
      (await tokensAt(NOW_MS, { projectUid: "other" }).issue("session-1")).token,
      await signWithJose({}, { alg: "HS512" }),
      await signWithJose({ aud: undefined }),
      new UnsecuredJWT(claims).encode(),
      `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.`,
    ];
    for (const token of foreign) await expect(tokens.verify(token)).rejects.toMatchObject(refused);
  });

  it("refuses claims of the wrong kind although they are signed", async () => {
    const tokens = tokensAt(NOW_MS);
    for (const claims of [{ sub: "" }, { sub: undefined }, { exp: undefined }, { exp: 1e14 }]) {
      const token = await signWithJose(claims);
      await expect(tokens.verify(token)).rejects.toMatchObject(refused);
    }
  });

  it("[TOKEN-1] refuses an expired token to the second, even one it has verified before", async () => {
    let nowMs = NOW_MS;
    const tokens = tokensAt(0, { now: () => nowMs });
    const { token } = await tokens.issue("session-1");
    nowMs = NOW_MS + 30 * DAY_MS - 1;
    expect((await tokens.verify(token)).stale).toBe(true);
    nowMs += 1;
    await expect(tokens.verify(token)).rejects.toMatchObject(refused);
  });

  it("[TOKEN-2] calls a token stale from half of its life on", async () => {
    const { token } = await tokensAt(NOW_MS).issue("session-1");
    expect((await tokensAt(NOW_MS + 15 * DAY_MS - 1).verify(token)).stale).toBe(false);
    expect((await tokensAt(NOW_MS + 15 * DAY_MS).verify(token)).stale).toBe(true);
  });

  it("refuses tokens issued before the revocation and accepts those issued after it", async () => {
    const revokedBeforeMs = NOW_MS + 1_000;
    const before = await tokensAt(NOW_MS).issue("session-1");
    const after = await tokensAt(revokedBeforeMs).issue("session-1");
    const tokens = tokensAt(NOW_MS + 2_000, { revokedBeforeMs });
    await expect(tokens.verify(before.token)).rejects.toMatchObject(refused);
    expect((await tokens.verify(after.token)).sessionPublicId).toBe("session-1");
  });

  it("verifies with every secret of the list and signs with the first", async () => {
    const old = await tokensAt(NOW_MS, { secrets: [OTHER_SECRET] }).issue("session-1");
    const rotated = tokensAt(NOW_MS, { secrets: [SECRET, OTHER_SECRET] });
    expect((await rotated.verify(old.token)).sessionPublicId).toBe("session-1");
    const fresh = await rotated.issue("session-1");
    expect((await tokensAt(NOW_MS).verify(fresh.token)).sessionPublicId).toBe("session-1");
  });

  it("refuses garbage of any kind and size", async () => {
    const tokens = tokensAt(NOW_MS);
    const header = Buffer.from('{"alg":"HS256"}').toString("base64url");
    for (const garbage of [
      "",
      ".",
      "..",
      "...",
      "a.b.c",
      `${header}.e30.x`,
      `${Buffer.from("[]").toString("base64url")}.e30.x`,
      `${Buffer.from("null").toString("base64url")}.e30.x`,
      "\u0000.\ud800.💥",
      "x".repeat(1_000_000),
    ]) {
      await expect(tokens.verify(garbage)).rejects.toMatchObject(refused);
    }
  });

  it("cannot be made without a secret", () => {
    expect(() => tokensAt(NOW_MS, { secrets: [] })).toThrow("secrets");
  });
});
