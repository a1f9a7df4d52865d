import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A line to a local port on which everything that comes back takes a while longer. */
export interface SlowLine extends AsyncDisposable {
  readonly port: number;
  /** From now on. */
  delayMs: number;
}

export async function openSlowLine(targetPort: number): Promise<SlowLine> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(targetPort, "127.0.0.1");
    near.pipe(far);
    far.on("data", (chunk) => {
      if (line.delayMs === 0) near.write(chunk);
      else setTimeout(() => near.write(chunk), line.delayMs);
    });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        near.destroy();
        far.destroy();
        sockets.delete(socket);
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const line: SlowLine = {
    port: (server.address() as AddressInfo).port,
    delayMs: 0,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return line;
}
