import { randomInt } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { createServer } from "node:net";
import getPort from "get-port";
import type { NetworkFault } from "./network-fault.ts";
import { createProxyLink, type ProxyLink } from "./proxy-link.ts";

/**
 * A network between a client and one server that fails on demand. It forwards bytes without reading them (except the
 * first of a connection, to tell upgrades from requests). It never drops bytes from the middle of a stream:
 * a blackhole holds bytes back, as a partitioned network does, and forwards them when it is healed.
 */
export interface FaultProxy extends AsyncDisposable {
  readonly port: number;
  /** `http://127.0.0.1:port` */
  readonly url: string;
  /** Open connections. */
  readonly size: number;
  /** Connections accepted since the start. */
  readonly accepted: number;
  /** Replaces the current fault, for open and new connections. */
  set(fault: NetworkFault): Promise<void>;
  /** No fault from now on. Open connections stay. */
  heal(): Promise<void>;
  /** Resets every open connection at once. New ones are accepted as before. */
  cutAll(): void;
  /** Where connections go from now on; open ones stay with their server. */
  retarget(port: number): void;
  /** Idempotent. */
  close(): Promise<void>;
}

/** @param targetPort where the server listens on 127.0.0.1 */
export async function startFaultProxy(targetPort: number): Promise<FaultProxy> {
  let fault: NetworkFault = { name: "none" };
  let target = targetPort;
  let accepted = 0;
  const links = new Set<ProxyLink>();
  const line = { "to-client": 0, "to-server": 0 };
  // One listener for each chunk that a blackhole holds back.
  const faultChanged = new EventEmitter().setMaxListeners(0);

  const server = createServer({ allowHalfOpen: true }, (client) => {
    accepted += 1;
    if (fault.name === "reset") {
      client.resetAndDestroy();
      return;
    }
    const link = createProxyLink(client, target, () => fault, faultChanged, line);
    links.add(link);
    void link.ended.then(() => links.delete(link));
  });
  const port = await findLastingPort();
  await listen(server, port);

  function cutAll(): void {
    for (const link of links) link.cut();
  }

  async function stopListening(): Promise<void> {
    if (!server.listening) return;
    server.close();
    cutAll();
    await once(server, "close");
  }

  async function set(next: NetworkFault): Promise<void> {
    fault = next;
    faultChanged.emit("change");
    if (next.name === "refuse") await stopListening();
    else if (!server.listening) await listen(server, port);
    if (next.name === "reset") cutAll();
  }

  return {
    port,
    url: `http://127.0.0.1:${port}`,
    get size() {
      return links.size;
    },
    get accepted() {
      return accepted;
    },
    set,
    heal: () => set({ name: "none" }),
    cutAll,
    retarget(next) {
      target = next;
    },
    close: stopListening,
    [Symbol.asyncDispose]: stopListening,
  };
}

/**
 * A port that is still free after a time of not listening: below those that systems give to outgoing connections, which start
 * at 32768 on Linux.
 */
function findLastingPort(): Promise<number> {
  return getPort({ port: Array.from({ length: 100 }, () => randomInt(20_000, 32_000)) });
}

async function listen(server: ReturnType<typeof createServer>, port: number): Promise<void> {
  server.listen(port, "127.0.0.1", 4096);
  await once(server, "listening");
}
