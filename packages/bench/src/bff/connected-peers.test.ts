import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { expect, it, vi } from "vitest";
import { connectedPeers } from "./connected-peers.ts";

it("knows who is connected to a port, and who is no longer", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const [one, other] = [connect(port, "127.0.0.1"), connect(port, "127.0.0.1")];
  await Promise.all([once(one, "connect"), once(other, "connect")]);
  expect(await connectedPeers(port)).toEqual(new Set([one.localPort, other.localPort]));

  const left = other.localPort;
  one.destroy();
  await vi.waitFor(async () => expect(await connectedPeers(port)).toEqual(new Set([left])));
  other.destroy();
  server.close();
});
