import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface Balancer extends AsyncDisposable {
  readonly port: number;
  /** `http://127.0.0.1:port` */
  readonly url: string;
}

/**
 * A load balancer without stickiness: each connection goes to the next server in turn, or to the one after if nothing
 * listens. For machines without nginx.
 */
export async function startRoundRobin(targetPorts: readonly number[]): Promise<Balancer> {
  const sockets = new Set<Socket>();
  let turn = 0;
  const server = createServer((client) => {
    track(client);
    turn += 1;
    void join(client, turn);
  });
  server.listen(0, "127.0.0.1", 4096);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;

  function track(socket: Socket): void {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => sockets.delete(socket));
  }

  async function join(client: Socket, first: number): Promise<void> {
    for (let offset = 0; offset < targetPorts.length; offset += 1) {
      const upstream = connect(targetPorts[(first + offset) % targetPorts.length] ?? 0, "127.0.0.1");
      track(upstream);
      const connected = await once(upstream, "connect").then(
        () => true,
        () => false,
      );
      if (!connected) continue;
      client.pipe(upstream).pipe(client);
      client.once("close", () => upstream.destroy());
      upstream.once("close", () => client.destroy());
      if (client.destroyed) upstream.destroy();
      return;
    }
    client.resetAndDestroy();
  }

  return {
    port,
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}
