import { once } from "node:events";
import { WebSocket } from "ws";

/** A socket to the platform, as a server opens it for a visitor. */
export async function dialPlatform(platformUrl: string, sessionPublicId: string): Promise<WebSocket> {
  const path = `/api/v1/chat/visitor-ws?projectUid=p&integrationId=i&sessionPublicId=${sessionPublicId}`;
  const socket = new WebSocket(platformUrl.replace("http", "ws") + path, { perMessageDeflate: false });
  await once(socket, "open");
  socket.on("error", () => {});
  return socket;
}
