import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWK, SignJWT, UnsecuredJWT } from "jose";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { createIdentityVerifier, type IdentityOptions } from "../src/auth/identity.ts";
import { systemClock } from "../src/lib/clock.ts";
import { createLog } from "../src/observability/log.ts";
import { startChat } from "./support/start-chat.ts";

const SECRET = "an identity secret of thirty-two bytes";
const NOW_MS = Date.parse("2026-05-01T12:00:00Z");
const NOW_S = NOW_MS / 1000;

const subject = { source: "secret", issuer: null, id: "user-1" } as const;
const refused = { name: "ProblemError", code: "identity_invalid" };

function clockAt(epochMs: () => number, steadyMs = () => performance.now()) {
  return { epochMs, steadyMs };
}

function verifier(options: Partial<IdentityOptions> = {}) {
  return createIdentityVerifier({
    secret: SECRET,
    jwksUrl: null,
    jwksProxy: null,
    issuer: null,
    log: createLog("silent"),
    clock: clockAt(() => NOW_MS),
    ...options,
  });
}

function recordLog() {
  const lines: Record<string, unknown>[] = [];
  const log = pino({}, { write: (line) => void lines.push(JSON.parse(line)) });
  return { log, lines };
}

function token(claims: Record<string, unknown> = {}, secret = SECRET, alg = "HS256"): Promise<string> {
  return new SignJWT({ sub: "user-1", aud: "mailoo-chat", exp: NOW_S + 600, ...claims })
    .setProtectedHeader({ alg })
    .sign(new TextEncoder().encode(secret));
}

describe("an identity token", () => {
  it("[IDENTITY-1] names its visitor", async () => {
    expect(await verifier()(await token({ name: " Ann ", email: "ann@shop.example" }))).toEqual({
      name: "Ann",
      email: "ann@shop.example",
      subject,
    });
    for (const name of ["", { first: "Ann" }, "A".repeat(201)]) {
      expect(await verifier()(await token({ name, email: null })), "a claim that cannot be used").toEqual({
        subject,
      });
    }
  });

  it("[IDENTITY-1] altered by one character is refused", async () => {
    const good = await token({ name: "Ann" });
    const verify = verifier();
    for (let index = 0; index < good.length; index += 1) {
      const other = good.charAt(index) === "A" ? "B" : "A";
      const altered = good.slice(0, index) + other + good.slice(index + 1);
      await expect(verify(altered), `character ${index}`).rejects.toMatchObject(refused);
    }
    // The last one of a signature has several spellings of the same bytes.
    for (const other of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ \n") {
      if (good.endsWith(other)) continue;
      await expect(verify(good.slice(0, -1) + other), `ending ${other}`).rejects.toMatchObject(refused);
    }
    for (const extra of ["=", " ", "\n", ".", "A"]) {
      await expect(verify(good + extra)).rejects.toMatchObject(refused);
    }
  });

  it.each([
    ["another audience", { aud: "other" }, 'unexpected "aud" claim value'],
    ["no audience", { aud: undefined }, 'missing required "aud" claim'],
    ["no subject", { sub: undefined }, 'missing required "sub" claim'],
    ["an empty subject", { sub: "" }, "sub is empty"],
    ["no expiry", { exp: undefined }, 'missing required "exp" claim'],
    ["an expiry over 24 h ahead", { exp: NOW_S + 24 * 60 * 60 + 61 }, "exp is more than 24 h ahead"],
    ["an expiry in the past", { exp: NOW_S - 61 }, '"exp" claim timestamp check failed'],
    ["a beginning in the future", { nbf: NOW_S + 61 }, '"nbf" claim timestamp check failed'],
  ])("with %s is refused, and the log says why", async (_what, claims, reason) => {
    const { log, lines } = recordLog();
    await expect(verifier({ log })(await token(claims))).rejects.toMatchObject(refused);
    expect(lines).toEqual([expect.objectContaining({ reason })]);
  });

  it("never appears in the log", async () => {
    const { log, lines } = recordLog();
    const verify = verifier({ log });
    const header = Buffer.from("secret").toString("base64url");
    for (const wrong of [
      "secret",
      `${header}.abcd.abcd`,
      await token({ sub: "" }),
      await token({}, `${SECRET}2`),
    ])
      await expect(verify(wrong)).rejects.toMatchObject(refused);
    expect(lines.map(({ reason }) => reason)).toEqual([
      "not in canonical base64url",
      "JWS Protected Header is invalid",
      "sub is empty",
      "signature verification failed",
    ]);
  });

  it("is given a minute for clocks that differ", async () => {
    expect(await verifier()(await token({ exp: NOW_S - 59 }))).toEqual({ subject });
    expect(await verifier()(await token({ nbf: NOW_S + 59 }))).toEqual({ subject });
    expect(await verifier()(await token({ exp: NOW_S + 24 * 60 * 60 }))).toEqual({ subject });
  });

  it("must come from the issuer, if one is set", async () => {
    const verify = verifier({ issuer: "https://id.example" });
    expect(await verify(await token({ iss: "https://id.example" }))).toEqual({
      subject: { ...subject, issuer: "https://id.example" },
    });
    await expect(verify(await token({ iss: "https://evil.example" }))).rejects.toMatchObject(refused);
    await expect(verify(await token())).rejects.toMatchObject(refused);
  });

  it("by another secret, another algorithm or none is refused", async () => {
    const claims = { sub: "user-1", aud: "mailoo-chat", exp: NOW_S + 600 };
    for (const foreign of [
      await token({}, "another secret of thirty-two bytes....."),
      await token({}, SECRET.repeat(2), "HS512"),
      new UnsecuredJWT(claims).encode(),
      "",
      "a.b.c",
      "\u0000",
      "x".repeat(8_192),
    ]) {
      await expect(verifier()(foreign)).rejects.toMatchObject(refused);
    }
  });

  it("is refused if no key is set", async () => {
    await expect(verifier({ secret: null })(await token())).rejects.toMatchObject(refused);
  });
});

describe("an identity token by a key set", { timeout: 20_000 }, () => {
  it.each(["RS256", "ES256"])("with %s is verified, and the set is fetched once", async (alg) => {
    const { privateKey, publicKey } = await generateKeyPair(alg);
    await using site = await startKeyServer([{ ...(await exportJWK(publicKey)), kid: "k1", alg }]);
    const verify = verifier({ jwksUrl: site.url, clock: systemClock });
    for (const name of ["Ann", "Ben"]) {
      const signed = await new SignJWT({ sub: "user-1", name })
        .setProtectedHeader({ alg, kid: "k1" })
        .setAudience("mailoo-chat")
        .setExpirationTime("10m")
        .sign(privateKey);
      expect(await verify(signed)).toEqual({ name, subject: { ...subject, source: "key-set" } });
    }
    expect(site.requests).toBe(1);
  });

  it("cannot be forged by using the public key as a secret", async () => {
    const { publicKey } = await generateKeyPair("RS256", { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: "k1", alg: "RS256" };
    await using site = await startKeyServer([jwk]);
    const forged = await token({ exp: Date.now() / 1000 + 600 }, JSON.stringify(jwk));
    const verify = verifier({ secret: null, jwksUrl: site.url, clock: systemClock });
    await expect(verify(forged)).rejects.toMatchObject(refused);
    expect(site.requests).toBe(0);
  });

  it("by a key that is not in the set is refused, and unknown keys cause one fetch", async () => {
    const { privateKey } = await generateKeyPair("ES256");
    const { publicKey } = await generateKeyPair("ES256");
    await using site = await startKeyServer([{ ...(await exportJWK(publicKey)), kid: "k1", alg: "ES256" }]);
    const verify = verifier({ jwksUrl: site.url, clock: systemClock });
    for (const kid of ["k1", "k2", "k3", "k4"]) {
      const signed = await new SignJWT({ sub: "user-1" })
        .setProtectedHeader({ alg: "ES256", kid })
        .setAudience("mailoo-chat")
        .setExpirationTime("10m")
        .sign(privateKey);
      await expect(verify(signed)).rejects.toMatchObject(refused);
    }
    expect(site.requests).toBe(1);
  });

  it.each([
    ["redirects", "answered 302", (res: ServerResponse) => res.writeHead(302, { location: "/" }).end()],
    [
      "answers without end",
      "EXCEEDED_MAX_SIZE",
      (res: ServerResponse) => res.writeHead(200).end(`{"keys":[],"x":"${"y".repeat(70_000)}"}`),
    ],
    ["fails", "answered 500", (res: ServerResponse) => res.writeHead(500).end()],
    ["makes no sense", "not JSON", (res: ServerResponse) => res.writeHead(200).end("<html>")],
    ["cuts the connection", "", (res: ServerResponse) => res.destroy()],
  ])(
    "cannot be judged while the key server %s: 503, logged, and not fetched for each token",
    async (_what, reason, answer) => {
      await using site = await startKeyServer((_req, res) => void answer(res));
      await using chat = await startChat({ MAILOO_CHAT_IDENTITY_JWKS_URL: site.url });
      const { sign } = await createSigner();
      for (let count = 0; count < 5; count++) {
        const body = { content: "hello", visitor: { token: await sign() } };
        const refused = await chat.bff.submitProblem(body);
        expect([refused.status, refused.body.code]).toEqual([503, "upstream_unavailable"]);
        expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
      }
      expect(site.requests).toBe(1);
      const logged = chat.bff.log.lines.filter(({ msg }) => msg === "the identity keys cannot be fetched");
      expect(logged).toMatchObject([{ reason: expect.stringContaining(reason) }]);
    },
  );

  it("is verified again after the key server has recovered", async () => {
    const { sign, jwk } = await createSigner();
    let broken = true;
    let steadyMs = 0;
    await using site = await startKeyServer((_req, res) => {
      if (broken) res.writeHead(500).end();
      else res.end(JSON.stringify({ keys: [jwk] }));
    });
    const verify = verifier({ jwksUrl: site.url, clock: clockAt(Date.now, () => steadyMs) });
    await expect(verify(await sign())).rejects.toMatchObject({ code: "upstream_unavailable" });
    broken = false;
    await expect(verify(await sign())).rejects.toMatchObject({ code: "upstream_unavailable" });
    steadyMs = 10_000;
    expect(await verify(await sign())).toEqual({ subject: { ...subject, source: "key-set" } });
    expect(site.requests).toBe(2);
  });
});

async function createSigner() {
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  return {
    jwk: { ...(await exportJWK(publicKey)), kid: "k1", alg: "ES256" },
    sign: () =>
      new SignJWT({ sub: "user-1" })
        .setProtectedHeader({ alg: "ES256", kid: "k1" })
        .setAudience("mailoo-chat")
        .setExpirationTime("10m")
        .sign(privateKey),
  };
}

async function startKeyServer(keys: JWK[] | ((req: IncomingMessage, res: ServerResponse) => void)) {
  let requests = 0;
  const server = createServer((req, res) => {
    requests += 1;
    if (typeof keys === "function") keys(req, res);
    else res.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/jwks.json`,
    get requests() {
      return requests;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
