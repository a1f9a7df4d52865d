import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import { startFaultProxy } from "../src/network/fault-proxy.ts";

/** An echo server. */
async function startEcho() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function open(port: number) {
  const socket = connect(port, "127.0.0.1");
  let received = "";
  let ending: string | null = null;
  socket.on("data", (chunk) => {
    received += chunk.toString();
  });
  socket.on("error", (error: NodeJS.ErrnoException) => {
    ending = error.code ?? "error";
  });
  socket.on("close", () => {
    ending ??= "closed";
  });
  return { socket, received: () => received, ending: () => ending, [Symbol.dispose]: () => socket.destroy() };
}

test("forwards bytes and the end of the stream in both directions", async () => {
  await using echo = await startEcho();
  await using proxy = await startFaultProxy(echo.port);
  using client = open(proxy.port);
  client.socket.end("hello");
  await expect.poll(client.received).toBe("hello");
  await expect.poll(client.ending).toBe("closed");
  await expect.poll(() => proxy.size).toBe(0);
});

test.each(["to-client", "to-server", "both"] as const)(
  "a blackhole %s holds bytes back and loses none",
  async (direction) => {
    await using echo = await startEcho();
    await using proxy = await startFaultProxy(echo.port);
    using client = open(proxy.port);
    client.socket.write("one ");
    await expect.poll(client.received).toBe("one ");
    await proxy.set({ name: "blackhole", direction });
    client.socket.write("two ");
    client.socket.write("three");
    // A second connection to the same server shows that enough time has passed.
    using witness = open(echo.port);
    witness.socket.write("through");
    await expect.poll(witness.received).toBe("through");
    expect(client.received()).toBe("one ");
    await proxy.heal();
    await expect.poll(client.received).toBe("one two three");
  },
);

test("a cut resets open connections and accepts new ones", async () => {
  await using echo = await startEcho();
  await using proxy = await startFaultProxy(echo.port);
  using first = open(proxy.port);
  first.socket.write("one");
  await expect.poll(first.received).toBe("one");
  proxy.cutAll();
  await expect.poll(first.ending).toBe("ECONNRESET");
  using second = open(proxy.port);
  second.socket.write("two");
  await expect.poll(second.received).toBe("two");
});

test("refuses and resets connections, and works again after healing", async () => {
  await using echo = await startEcho();
  await using proxy = await startFaultProxy(echo.port);
  await proxy.set({ name: "refuse" });
  using refused = open(proxy.port);
  await expect.poll(refused.ending).toBe("ECONNREFUSED");
  await proxy.set({ name: "reset" });
  using reset = open(proxy.port);
  await expect.poll(reset.ending).not.toBeNull();
  await proxy.heal();
  using healed = open(proxy.port);
  healed.socket.write("well");
  await expect.poll(healed.received).toBe("well");
});

test("delays bytes, throttles a stream, and resets idle connections", async () => {
  await using echo = await startEcho();
  await using proxy = await startFaultProxy(echo.port);
  const roundTripMs = async (text: string) => {
    using client = open(proxy.port);
    const startedAt = performance.now();
    client.socket.write(text);
    await expect.poll(client.received, { interval: 5 }).toBe(text);
    return performance.now() - startedAt;
  };
  await proxy.set({ name: "delay", delayMs: 60 });
  await expect(roundTripMs("late")).resolves.toBeGreaterThanOrEqual(118);
  await proxy.set({ name: "throttle", bytesPerSecond: 10_000 });
  await expect(roundTripMs("x".repeat(1_000))).resolves.toBeGreaterThanOrEqual(195);
  await proxy.set({ name: "slow-line", roundTripMs: 100, bytesPerSecond: 10_000 });
  // The handshake and the way there and back take 200 ms, the bytes 2 × 100 ms, less what overlaps.
  await expect(roundTripMs("x".repeat(1_000))).resolves.toBeGreaterThanOrEqual(390);
  await proxy.set({ name: "idle-kill", afterMs: 100 });
  using idle = open(proxy.port);
  await expect.poll(idle.ending, { timeout: 3_000 }).toBe("ECONNRESET");
});

test.each([
  ["refuse", "HTTP/1.1 403"],
  ["close", ""],
] as const)("no-upgrades fails only WebSocket upgrades: %s", async (how, answer) => {
  await using echo = await startEcho();
  await using proxy = await startFaultProxy(echo.port);
  await proxy.set({ name: "no-upgrades", how });
  using upgrade = open(proxy.port);
  upgrade.socket.write("GET /ws HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  await expect.poll(upgrade.ending).not.toBeNull();
  expect(upgrade.received().slice(0, 12)).toBe(answer);
  using request = open(proxy.port);
  request.socket.write("GET / HTTP/1.1\r\n\r\n");
  await expect.poll(request.received).toBe("GET / HTTP/1.1\r\n\r\n");
});
