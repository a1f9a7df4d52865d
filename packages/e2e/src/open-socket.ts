import { type ServerFrame, SUBPROTOCOL } from "@mailoo-chat/protocol";
import { WebSocket } from "ws";

/** A page's socket that answers pings and keeps the frames that it receives. */
export function openSocket(address: string, origin: string) {
  const socket = new WebSocket(address, SUBPROTOCOL, { origin, perMessageDeflate: false });
  const frames: ServerFrame[] = [];
  const ready = Promise.withResolvers<void>();
  socket.on("message", (data) => {
    const frame = JSON.parse(data.toString()) as ServerFrame; // the BFF's own, checked elsewhere
    frames.push(frame);
    if (frame.type === "ping") socket.send('{"type":"pong"}');
    if (frame.type === "ready") ready.resolve();
  });
  socket.on("error", ready.reject);
  socket.on("close", (code) => ready.reject(new Error(`closed with ${code}`)));
  return {
    frames,
    contents: () => frames.flatMap((frame) => (frame.type === "message" ? [frame.message.content] : [])),
    async ready(token: string) {
      socket.on("open", () => socket.send(JSON.stringify({ type: "hello", token })));
      await ready.promise;
    },
    [Symbol.dispose]: () => socket.terminate(),
  };
}
