import { createServer } from "node:http";
import { WebSocket, WebSocketServer } from "ws";

// The least that anybody could put between a browser's socket and the platform's: an answer to the first frame, and, where a
// platform is given, a socket there for each browser.
// `node reference-sockets.ts PORT [PLATFORM_URL]`

const [, , port, platformUrl] = process.argv;
const server = createServer((_req, res) => {
  res.end("ok");
});
const sockets = new WebSocketServer({ server, perMessageDeflate: false });

sockets.on("connection", (browser) => {
  browser.once("message", () => browser.send('{"type":"ready"}'));
  if (platformUrl !== undefined) relay(browser, platformUrl);
});

let dialled = 0;

function relay(browser: WebSocket, url: string): void {
  dialled += 1;
  const path = `/api/v1/chat/visitor-ws?projectUid=p&integrationId=i&sessionPublicId=reference-${dialled}`;
  const upstream = new WebSocket(url.replace("http", "ws") + path, { perMessageDeflate: false });
  upstream.on("message", (data, isBinary) => browser.send(data, { binary: isBinary }));
  browser.on("close", () => upstream.close());
}

server.listen({ port: Number(port), host: "127.0.0.1", backlog: 8192 });
