import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

/** A platform with almost no cost of its own. */
export interface ConstantPlatform extends AsyncDisposable {
  readonly url: string;
  /** Pushes an owner's message to a session's visitor sockets. */
  push(sessionPublicId: string, content: string): void;
  /** Holds the answers to sends until the returned function is called. */
  holdSends(): () => void;
}

export async function startConstantPlatform(): Promise<ConstantPlatform> {
  let sent = 0;
  let held: (() => void)[] | null = null;
  const socketsOf = new Map<string, Set<WebSocket>>();
  const historyOf = new Map<string, { readonly atMs: number; readonly json: string }[]>();
  const server = createServer({ keepAliveTimeout: 60_000 }, (req, res) => {
    const answer = (body: unknown) => {
      res.setHeader("content-type", "application/json");
      res.end(JSON.stringify(body));
    };
    const { pathname, searchParams } = new URL(req.url ?? "/", "http://platform");
    if (pathname.endsWith("/status")) return answer({ status: "online" });
    if (req.method === "GET") {
      const session = pathname.split("/").at(-2) ?? "";
      const sinceMs = Date.parse(searchParams.get("since") ?? "") || 0;
      const listed = (historyOf.get(session) ?? []).filter(({ atMs }) => atMs > sinceMs);
      res.setHeader("content-type", "application/json");
      return res.end(`{"messages":[${listed.map(({ json }) => json).join()}]}`);
    }
    let body = "";
    req.setEncoding("utf8").on("data", (chunk: string) => {
      body += chunk;
    });
    req.on("end", () => {
      const { sessionPublicId } = JSON.parse(body) as { sessionPublicId?: string };
      sent += 1;
      const accepted = {
        success: true,
        messageId: `m${sent}`,
        sessionPublicId: sessionPublicId ?? `s${sent}`,
        createdAt: new Date().toISOString(),
      };
      if (held === null) answer(accepted);
      else held.push(() => answer(accepted));
    });
  });
  const webSockets = new WebSocketServer({ server, perMessageDeflate: false });
  webSockets.on("connection", (socket, req) => {
    const session = new URL(req.url ?? "/", "http://platform").searchParams.get("sessionPublicId") ?? "";
    const sockets = socketsOf.get(session) ?? new Set();
    socketsOf.set(session, sockets.add(socket));
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  });
  server.listen({ port: 0, host: "127.0.0.1", backlog: 8192 });
  await once(server, "listening");
  let pushed = 0;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    push(sessionPublicId, content) {
      pushed += 1;
      const atMs = Date.now();
      const json = JSON.stringify({
        id: `p${pushed}`,
        sessionPublicId,
        content,
        createdAt: new Date(atMs).toISOString(),
        senderType: "OWNER",
      });
      const history = historyOf.get(sessionPublicId) ?? [];
      historyOf.set(sessionPublicId, history);
      history.push({ atMs, json });
      for (const socket of socketsOf.get(sessionPublicId) ?? []) socket.send(json);
    },
    holdSends() {
      const waiting: (() => void)[] = [];
      held = waiting;
      return () => {
        held = null;
        for (const answerNow of waiting) answerNow();
      };
    },
    async [Symbol.asyncDispose]() {
      for (const client of webSockets.clients) client.terminate();
      webSockets.close();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
