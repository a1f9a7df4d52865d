import type { ChatConfig, ChatMessage, ServerFrame, SubmitRequest } from "@mailoo-chat/protocol";
import { HttpResponse, http, ws } from "msw";
import { setupServer } from "msw/node";

export const BASE_URL = "https://chat.example.com/api/v1/webhooks/chat";

/** What becomes of one submit. `lost`: the message lands on the platform, and the answer is lost. */
export type SubmitFate =
  | "accept"
  | "lost"
  | "refuse"
  | { readonly status: number; readonly code: string; readonly retryAfter?: number };

/** A BFF with one session behind msw, as far as a browser can tell, with switches for its troubles. */
export interface FakeBff extends AsyncDisposable {
  config: ChatConfig;
  /** `hang`: accepted, and never ready. `cut`: ready, and closed at once. */
  sockets: "accept" | "refuse" | "hang" | "cut";
  polls: "answer" | "fail";
  /** Taken one by one; then every submit is accepted. */
  readonly fates: SubmitFate[];
  /** Whether live messages and pages name the `clientMessageId`. */
  namesClientMessageIds: boolean;
  /** The platform's messages. */
  readonly messages: readonly ChatMessage[];
  readonly requests: readonly string[];
  readonly submits: readonly SubmitRequest[];
  readonly openSockets: number;
  /** The owner writes. */
  reply(content: string, at?: Partial<ChatMessage>): ChatMessage;
  /** Sends a frame on all sockets. */
  push(frame: ServerFrame): void;
  /** Closes all sockets. */
  drop(code?: number): void;
}

export async function startFakeBff(): Promise<FakeBff> {
  const link = ws.link(`${BASE_URL.replace("https", "wss")}/ws`);
  const sockets = new Set<{ send(data: string): void; close(code?: number): void }>();
  const listeners = new Set<() => void>();
  const messages: ChatMessage[] = [];
  const requests: string[] = [];
  const submits: SubmitRequest[] = [];
  const sessions = new Map<string, string>();
  let clock = Date.parse("2026-03-01T10:00:00.000Z");

  const cursorOf = () => `c1.${messages.length}`;
  const wire = (message: ChatMessage): ChatMessage => {
    if (bff.namesClientMessageIds) return message;
    const { clientMessageId: _, ...rest } = message;
    return rest;
  };
  const pageSince = (since: string | null | undefined) => ({
    messages: messages.slice(since ? Number(since.slice(3)) : 0).map(wire),
    cursor: cursorOf(),
    more: false,
    truncated: false,
  });

  function add(message: Omit<ChatMessage, "id" | "createdAt"> & Partial<ChatMessage>): ChatMessage {
    clock += 1000;
    const added = { id: `m${messages.length + 1}`, createdAt: new Date(clock).toISOString(), ...message };
    messages.push(added);
    for (const socket of sockets) {
      socket.send(JSON.stringify({ type: "message", message: wire(added), cursor: cursorOf() }));
    }
    for (const listener of [...listeners]) listener();
    return added;
  }

  const problem = (status: number, code: string, retryAfter?: number) =>
    HttpResponse.json(
      { type: "about:blank", title: code, status, code, requestId: "r", ...(retryAfter && { retryAfter }) },
      { status },
    );

  const bff: FakeBff = {
    config: {
      welcomeMessage: "Welcome",
      status: "online",
      realtime: { ws: `${BASE_URL}/ws`, longPollSeconds: 25 },
      limits: { contentMax: 4000 },
      preChat: { fields: [] },
      consent: null,
      challenge: null,
    },
    sockets: "accept",
    polls: "answer",
    fates: [],
    namesClientMessageIds: true,
    messages,
    requests,
    submits,
    get openSockets() {
      return sockets.size;
    },
    reply: (content, at) => add({ author: "owner", content, ...at }),
    push(frame) {
      for (const socket of sockets) socket.send(JSON.stringify(frame));
    },
    drop(code = 1012) {
      for (const socket of [...sockets]) {
        sockets.delete(socket);
        socket.close(code);
      }
    },
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };

  const server = setupServer(
    http.get(`${BASE_URL}/config`, () => {
      requests.push("GET /config");
      return HttpResponse.json(bff.config);
    }),
    http.get(`${BASE_URL}/status`, () => {
      requests.push("GET /status");
      return HttpResponse.json({ status: bff.config.status });
    }),
    http.get(`${BASE_URL}/messages`, async ({ request }) => {
      requests.push("GET /messages");
      if (bff.polls === "fail") return HttpResponse.error();
      const since = request.headers.get("Mailoo-Chat-Since");
      const waitMs = Number(request.headers.get("Mailoo-Chat-Wait")) * 1000;
      if (waitMs && pageSince(since).messages.length === 0) {
        await new Promise<void>((resolve) => {
          const settle = () => {
            clearTimeout(timer);
            listeners.delete(settle);
            resolve();
          };
          const timer = setTimeout(settle, waitMs);
          listeners.add(settle);
          request.signal.addEventListener("abort", settle);
        });
      }
      return HttpResponse.json(pageSince(since));
    }),
    http.post(`${BASE_URL}/submit`, async ({ request }) => {
      requests.push("POST /submit");
      const body = (await request.json()) as SubmitRequest;
      submits.push(body);
      const fate = bff.fates.shift() ?? "accept";
      if (fate === "refuse") return HttpResponse.error();
      if (typeof fate === "object") return problem(fate.status, fate.code, fate.retryAfter);
      const token = request.headers.get("Authorization");
      const sessionPublicId =
        body.sessionPublicId ?? sessions.get(body.visitorKey ?? "") ?? `s${sessions.size + 1}`;
      if (!token && body.visitorKey) sessions.set(body.visitorKey, sessionPublicId);
      const known = messages.find(({ clientMessageId }) => clientMessageId === body.clientMessageId);
      const { content, clientMessageId = "" } = body;
      const message = known ?? add({ author: "visitor", content, clientMessageId });
      if (fate === "lost") return HttpResponse.error();
      const session = {
        sessionPublicId,
        token: `token-${sessionPublicId}`,
        expiresAt: "2026-12-31T00:00:00Z",
      };
      return HttpResponse.json({ message, session }, { status: known ? 200 : 201 });
    }),
    link.addEventListener("connection", ({ client }) => {
      requests.push("WS");
      if (bff.sockets === "refuse") return client.close(1006 as 1000);
      client.addEventListener("message", ({ data }) => {
        const frame = JSON.parse(String(data)) as { type: string; since?: string };
        if (frame.type !== "hello" || bff.sockets === "hang") return;
        const ready = { type: "ready", ...pageSince(frame.since), heartbeatMs: 20_000, upstream: "ok" };
        client.send(JSON.stringify(ready));
        if (bff.sockets === "cut") return client.close(1011);
        sockets.add(client);
      });
      client.addEventListener("close", () => sockets.delete(client));
    }),
  );
  server.listen({ onUnhandledFrame: "error" });
  return bff;
}
