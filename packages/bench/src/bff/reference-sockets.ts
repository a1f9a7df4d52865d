import { createServer } from "node:http";
import { WebSocket, WebSocketServer } from "ws";

// The minimum between a browser's socket and the platform's: an answer to the first frame and, if a
// platform is given, a socket to it for each session, whose frames go unchanged to the session's browsers. The token of the
// first frame is the session.
// `node reference-sockets.ts PORT [PLATFORM_URL]`

const [, , port, platformUrl] = process.argv;
const READY = '{"type":"ready"}';
const browsersOf = new Map<string, Set<WebSocket>>();
const server = createServer((_req, res) => {
  res.end("ok");
});
const sockets = new WebSocketServer({ server, perMessageDeflate: false });

sockets.on("connection", (browser) => {
  browser.once("message", (hello) => {
    if (platformUrl === undefined) browser.send(READY);
    else join(browser, platformUrl, (JSON.parse(String(hello)) as { token: string }).token);
  });
});

function join(browser: WebSocket, url: string, session: string): void {
  const known = browsersOf.get(session);
  const browsers = known ?? new Set();
  browsers.add(browser);
  browser.on("close", () => browsers.delete(browser));
  if (known) {
    browser.send(READY);
    return;
  }
  browsersOf.set(session, browsers);
  const path = `/api/v1/chat/visitor-ws?projectUid=p&integrationId=i&sessionPublicId=${session}`;
  const upstream = new WebSocket(url.replace("http", "ws") + path, { perMessageDeflate: false });
  upstream.on("open", () => browser.send(READY));
  upstream.on("message", (data) => {
    for (const one of browsers) one.send(data, { binary: false });
  });
}

server.listen({ port: Number(port), host: "127.0.0.1", backlog: 8192 });
