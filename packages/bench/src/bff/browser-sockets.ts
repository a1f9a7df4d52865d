import { SUBPROTOCOL } from "@mailoo-chat/protocol";
import { WebSocket } from "ws";
import { ORIGIN } from "./bench-target.ts";
import { inParallel } from "./in-parallel.ts";

/**
 * Opens a socket as a browser does, and resolves with the first frame, `ready`. It answers pings.
 *
 * @param baseUrl the URL before `/ws`
 */
export function joinSocket(baseUrl: string, token: string): Promise<WebSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<WebSocket>();
  const socket = new WebSocket(`${baseUrl.replace("http", "ws")}/ws`, [SUBPROTOCOL], {
    origin: ORIGIN,
    perMessageDeflate: false,
    localAddress: nextAddress(),
  });
  socket.once("open", () => socket.send(JSON.stringify({ type: "hello", token })));
  socket.once("message", () => resolve(socket));
  socket.once("error", reject);
  socket.once("close", (code) => reject(new Error(`a socket was closed with ${code} before it was ready`)));
  // The caller notices later errors by the close.
  socket.on("error", () => {});
  socket.on("message", answerPing);
  return promise;
}

/** One for each token, in order, a hundred at a time. */
export async function joinSockets(
  baseUrl: string,
  tokens: readonly string[],
  concurrency = 100,
): Promise<readonly WebSocket[]> {
  const sockets: WebSocket[] = [];
  await inParallel(tokens.length, concurrency, async (index) => {
    sockets[index] = await joinSocket(baseUrl, tokens[index] ?? "");
  });
  return sockets;
}

/** One address may hold half of a server's connections, so the browsers use several loopback addresses. */
function nextAddress(): string {
  opened += 1;
  return `127.0.0.${2 + (opened % 8)}`;
}

let opened = 0;

const PING = '{"type":"ping"}';
const PONG = '{"type":"pong"}';

function answerPing(this: WebSocket, data: unknown): void {
  if (String(data) === PING) this.send(PONG);
}
