import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";

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
      setTimeout(() => near.write(chunk), line.delayMs);
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
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
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
