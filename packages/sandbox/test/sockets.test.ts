import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { SEED, startSandbox } from "../src/index.ts";
import {
  asServer,
  CHAT,
  call,
  eventually,
  listen,
  ownerPath,
  roundTrip,
  visitorPath,
} from "./platform-client.ts";

describe("the visitor socket", () => {
  it("receives both sides of its own session and nothing from another", async () => {
    await using sandbox = await startSandbox();
    const session = sandbox.send("Hello").sessionPublicId;
    const other = sandbox.send("Somebody else").sessionPublicId;
    using visitor = await listen(sandbox, visitorPath(session));

    sandbox.reply(other, "Not for you");
    const reply = sandbox.reply(session, "Welcome");
    sandbox.send("Thanks", session);
    await visitor.received(2);
    await roundTrip(visitor);
    expect(visitor.frames).toMatchObject([
      { type: "message", payload: { id: reply.id, content: "Welcome", senderType: "OWNER" } },
      { type: "message", payload: { content: "Thanks", senderType: "VISITOR" } },
    ]);
  });

  it("needs no API key, but a session that exists, of that integration and project", async () => {
    await using sandbox = await startSandbox();
    const session = sandbox.send("Hello").sessionPublicId;
    const path = visitorPath(session);
    await expect(listen(sandbox, visitorPath("unknown"))).rejects.toMatchObject({ status: 404 });
    await expect(listen(sandbox, path.replace(SEED.projectUid, "other"))).rejects.toMatchObject({
      status: 404,
    });
    await expect(listen(sandbox, path.replace(SEED.integrationId, "other"))).rejects.toMatchObject({
      status: 404,
    });
    await expect(listen(sandbox, path.replace("sessionPublicId", "x"))).rejects.toMatchObject({
      status: 400,
    });
    await expect(listen(sandbox, `${path}&sessionPublicId=${session}`)).rejects.toMatchObject({
      status: 400,
    });
    await expect(listen(sandbox, "/api/v1/chat/nothing")).rejects.toMatchObject({ status: 404 });
  });

  it("refuses an origin that the integration does not allow", async () => {
    await using sandbox = await startSandbox();
    const path = visitorPath(sandbox.send("Hello").sessionPublicId);
    await expect(listen(sandbox, path, { Origin: "https://evil.example" })).rejects.toMatchObject({
      status: 403,
    });
    using visitor = await listen(sandbox, path, { Origin: "http://localhost:5173" });
    expect(visitor.frames).toEqual([]);
  });
});

describe("the owner socket", () => {
  it("receives every message of the integration, with the session as the list shows it", async () => {
    await using sandbox = await startSandbox();
    using owner = await listen(sandbox, ownerPath());
    const sent = sandbox.send("Hello");
    const [presence, ...events] = await owner.received(3);
    expect(presence).toEqual({ type: "presence", payload: { presence: "auto" } });
    expect(events).toMatchObject([
      { type: "message", payload: { id: sent.id, content: "Hello" } },
      {
        type: "session",
        payload: { sessionPublicId: sent.sessionPublicId, unreadCount: 1, lastMessage: { id: sent.id } },
      },
    ]);
  });

  it("makes the owner online for as long as it is open", async () => {
    await using sandbox = await startSandbox();
    const status = async () => (await call(sandbox, "GET", `${CHAT}/status`, { headers: asServer })).body;
    const owner = await listen(sandbox, ownerPath());
    expect(await status()).toMatchObject({ status: "online" });
    owner.socket.close();
    await owner.closed;
    await eventually(status).toMatchObject({ status: "away" });
  });

  it("refuses a wrong token and an unknown integration", async () => {
    await using sandbox = await startSandbox();
    await expect(listen(sandbox, ownerPath("wrong"))).rejects.toMatchObject({ status: 401 });
    const unknown = ownerPath().replace(SEED.integrationId, "unknown");
    await expect(listen(sandbox, unknown)).rejects.toMatchObject({ status: 404 });
  });
});

describe("every socket", () => {
  it("is pinged, and ended when it does not answer", async () => {
    await using sandbox = await startSandbox({ heartbeatMs: 250 });
    const path = visitorPath(sandbox.send("Hello").sessionPublicId);
    using alive = await listen(sandbox, path);
    using dead = await listen(sandbox, path);
    dead.socket.pause();
    await eventually(() => sandbox.stats().sockets.visitor).toBe(1);
    await roundTrip(alive);
  });

  it("ends at once when the sandbox closes, hanging requests too", async () => {
    const sandbox = await startSandbox();
    const session = sandbox.send("Hello").sessionPublicId;
    using visitor = await listen(sandbox, visitorPath(session));
    sandbox.faults.set({ hang: true });
    const hanging = fetch(`${sandbox.url}${CHAT}/status`, { headers: asServer }).catch(() => "ended");
    await eventually(() => sandbox.stats().requests.status.requests).toBe(1);

    await sandbox.close();
    await sandbox.close();
    expect(await visitor.closed).toBe(1006);
    expect(await hanging).toBe("ended");
  });

  it("requires an upgrade: a plain request is answered 426", async () => {
    await using sandbox = await startSandbox();
    const plain = await call(sandbox, "GET", ownerPath());
    expect(plain.status).toBe(426);
    expect(plain.headers.get("upgrade")).toBe("websocket");
  });

  it("survives upgrades that are cut in the middle", async () => {
    await using sandbox = await startSandbox();
    const path = visitorPath(sandbox.send("Hello").sessionPublicId);
    await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const raw = connect(sandbox.port, "127.0.0.1");
        const target = index % 2 === 0 ? path : "/nothing";
        raw.on("error", () => {});
        raw.write(
          `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
          () => raw.resetAndDestroy(),
        );
        await new Promise((resolve) => raw.once("close", resolve));
      }),
    );
    using visitor = await listen(sandbox, path);
    await roundTrip(visitor);
    await eventually(() => sandbox.stats().sockets.visitor).toBe(1);
  });
});
