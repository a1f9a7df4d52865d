import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { type Sandbox, SEED, startSandbox } from "../src/index.ts";
import { call, DASHBOARD, eventually, listen, ownerPath } from "./platform-client.ts";

const SECRET = "an owner secret of a test, long enough for HS256";

describe("the development token", () => {
  it("opens the dashboard on a loopback address only", async () => {
    await using local = await startSandbox();
    expect(await sessionsStatus(local, SEED.ownerToken)).toBe(200);
    expect(await sessionsStatus(local, `${SEED.ownerToken}x`)).toBe(401);
    await using reachable = await startSandbox({ host: "0.0.0.0" });
    expect(await sessionsStatus(reachable, SEED.ownerToken)).toBe(401);
  });

  it("is asked for in the Authorization header and nowhere else", async () => {
    await using sandbox = await startSandbox();
    const bare = await call(sandbox, "GET", `${DASHBOARD}/sessions?token=${SEED.ownerToken}`);
    expect(bare.status).toBe(401);
    expect(bare.headers.get("www-authenticate")).toBe("Bearer");
    const basic = { Authorization: `Basic ${SEED.ownerToken}` };
    expect(await call(sandbox, "GET", `${DASHBOARD}/sessions`, { headers: basic })).toMatchObject({
      status: 401,
    });
  });
});

describe("HS256 tokens", () => {
  const sign = (claims: Record<string, unknown>, expires: string | number = "5m", secret = SECRET) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: "HS256" })
      .setExpirationTime(expires)
      .sign(new TextEncoder().encode(secret));

  it("are accepted with the right secret, and name the owner on replies and sockets", async () => {
    await using sandbox = await startSandbox({ owner: { secret: SECRET } });
    const token = await sign({ name: "Grace" });
    const session = sandbox.send("Hello").sessionPublicId;
    const reply = await call(sandbox, "POST", `${DASHBOARD}/sessions/${session}/reply`, {
      headers: { Authorization: `Bearer ${token}` },
      json: { content: "Hi" },
    });
    expect(reply).toMatchObject({ status: 201, body: { message: { senderName: "Grace" } } });
    using owner = await listen(sandbox, ownerPath(token));
    expect(owner.frames).toBeDefined();
  });

  it("are refused when forged, expired, unsigned, without an end, or of another audience or issuer", async () => {
    const owner = { secret: SECRET, audience: "mailoo", issuer: "https://id.example" };
    await using sandbox = await startSandbox({ owner });
    const claims = { aud: "mailoo", iss: "https://id.example" };
    expect(await sessionsStatus(sandbox, await sign(claims))).toBe(200);
    expect(await sessionsStatus(sandbox, await sign(claims, "5m", `another ${SECRET}`))).toBe(401);
    expect(await sessionsStatus(sandbox, await sign(claims, 1))).toBe(401);
    expect(await sessionsStatus(sandbox, await sign({ ...claims, aud: "other" }))).toBe(401);
    expect(await sessionsStatus(sandbox, await sign({ ...claims, iss: "https://evil.example" }))).toBe(401);
    const endless = await new SignJWT(claims)
      .setProtectedHeader({ alg: "HS256" })
      .sign(new TextEncoder().encode(SECRET));
    expect(await sessionsStatus(sandbox, endless)).toBe(401);
    const [, payload] = (await sign(claims)).split(".");
    const header = Buffer.from('{"alg":"none"}').toString("base64url");
    expect(await sessionsStatus(sandbox, `${header}.${payload}.`)).toBe(401);
    await expect(listen(sandbox, ownerPath(await sign(claims, 1)))).rejects.toMatchObject({ status: 401 });
  });

  it("are refused where no secret is set, and a short secret is refused at the start", async () => {
    await using sandbox = await startSandbox();
    expect(await sessionsStatus(sandbox, await sign({}))).toBe(401);
    await expect(startSandbox({ owner: { secret: "short" } })).rejects.toThrow("at least 32 bytes");
  });
});

describe("RS256 tokens, by the key set of an identity server", () => {
  it("are accepted, rotated keys too, once they are published", async () => {
    await using identity = await startIdentityServer();
    const first = await identity.addKey("first");
    const owner = { jwksUrl: identity.jwksUrl, audience: "account", issuer: identity.issuer };
    await using sandbox = await startSandbox({ owner });
    expect(await sessionsStatus(sandbox, await first.sign({ preferred_username: "ada" }))).toBe(200);

    identity.retire("first");
    const second = await identity.addKey("second");
    // The key set is asked again for an unknown key, at most once a second.
    await eventually(async () => sessionsStatus(sandbox, await second.sign({}))).toBe(200);
    expect(await sessionsStatus(sandbox, await first.sign({}))).toBe(401);
  });

  it("are refused when signed by somebody else, of another audience or issuer, or expired", async () => {
    await using identity = await startIdentityServer();
    const key = await identity.addKey("key");
    const impostor = await createKey("key", identity.issuer);
    const owner = { jwksUrl: identity.jwksUrl, audience: "account", issuer: identity.issuer };
    await using sandbox = await startSandbox({ owner });
    expect(await sessionsStatus(sandbox, await key.sign({}))).toBe(200);
    expect(await sessionsStatus(sandbox, await impostor.sign({}))).toBe(401);
    expect(await sessionsStatus(sandbox, await key.sign({ aud: "other" }))).toBe(401);
    expect(await sessionsStatus(sandbox, await key.sign({ iss: "https://evil.example" }))).toBe(401);
    expect(await sessionsStatus(sandbox, await key.sign({}, 1))).toBe(401);
    await expect(listen(sandbox, ownerPath(await impostor.sign({})))).rejects.toMatchObject({ status: 401 });
  });

  it("are refused, not failed over, while the identity server is away", async () => {
    await using sandbox = await startSandbox({ owner: { jwksUrl: "http://127.0.0.1:9/jwks" } });
    const key = await createKey("key", "https://id.example");
    expect(await sessionsStatus(sandbox, await key.sign({}))).toBe(401);
    expect(await sessionsStatus(sandbox, SEED.ownerToken)).toBe(200);
  });
});

async function sessionsStatus(sandbox: Sandbox, token: string): Promise<number> {
  const headers = { Authorization: `Bearer ${token}` };
  return (await call(sandbox, "GET", `${DASHBOARD}/sessions`, { headers })).status;
}

interface SigningKey {
  readonly publicJwk: JWK;
  sign(claims: Record<string, unknown>, expires?: string | number): Promise<string>;
}

async function createKey(kid: string, issuer: string): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair("RS256", { extractable: true });
  return {
    publicJwk: { ...(await exportJWK(publicKey)), kid, alg: "RS256", use: "sig" },
    sign: (claims, expires = "5m") =>
      new SignJWT({ aud: "account", iss: issuer, ...claims })
        .setProtectedHeader({ alg: "RS256", kid })
        .setExpirationTime(expires)
        .sign(privateKey),
  };
}

/** Publishes a key set as Keycloak does under `/realms/{realm}/protocol/openid-connect/certs`. */
async function startIdentityServer() {
  const keys = new Map<string, SigningKey>();
  const server = createServer((_request, response) => {
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify({ keys: [...keys.values()].map(({ publicJwk }) => publicJwk) }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/realms/mailoo`;
  return {
    issuer,
    jwksUrl: `${issuer}/protocol/openid-connect/certs`,
    async addKey(kid: string): Promise<SigningKey> {
      const key = await createKey(kid, issuer);
      keys.set(kid, key);
      return key;
    },
    retire: (kid: string) => keys.delete(kid),
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
