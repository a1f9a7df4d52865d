import { connect, type Socket } from "node:net";

/** Bytes on a TCP connection, as no well-behaved client sends them. */
export interface RawConnection {
  readonly socket: Socket;
  /** Everything received, when the other side has ended. */
  readonly ended: Promise<string>;
}

/** @param allowHalfOpen leave this side open when the other has ended */
export async function openRawConnection(url: string, { allowHalfOpen = false } = {}): Promise<RawConnection> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen });
  let received = "";
  socket.setEncoding("latin1").on("data", (chunk) => {
    received += chunk;
  });
  const ended = new Promise<string>((resolve) => {
    socket.on("close", () => resolve(received));
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  return { socket, ended };
}

/** Sends bytes and gives back everything that is answered until the other side ends. */
export async function sendRaw(url: string, bytes: string | Buffer): Promise<string> {
  const { socket, ended } = await openRawConnection(url);
  socket.write(bytes);
  return ended;
}
