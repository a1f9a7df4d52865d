import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

/**
 * A platform that does what a test tells it to, over real TCP: any JSON, any status, and what servers and the network do
 * wrong (resets before and after the body, answers that never end, pages in place of JSON). It knows no chat; for a
 * platform that does, start the sandbox.
 *
 * @example
 * await using platform = await startFakePlatform();
 * platform.onSend(json({ sessionPublicId: "s1", messageId: "m1" }, 201));
 */
export interface FakePlatform extends AsyncDisposable {
  /** http://127.0.0.1:port */
  readonly url: string;
  /** ws://127.0.0.1:port */
  readonly socketUrl: string;
  /** Every HTTP request that has arrived whole, oldest first; upgrades are in `upgrades`. */
  readonly requests: readonly SeenRequest[];
  readonly upgrades: readonly SeenUpgrade[];
  /** Visitor sockets that are open. */
  readonly sockets: readonly FakeSocket[];
  /** TCP connections that are open, and those ever accepted. */
  readonly connections: { readonly open: number; readonly accepted: number };

  /**
   * Sets what a route answers. Several behaviours are taken in turn, the last one for good. Routes that are not set answer
   * 404.
   */
  onSend(...behaviours: Behaviour[]): void;
  onList(...behaviours: Behaviour[]): void;
  onStatus(...behaviours: Behaviour[]): void;
  onCreateIntegration(...behaviours: Behaviour[]): void;
  /** `accept` (the default), or the status that refuses the upgrade, or a silence. */
  onUpgrade(...behaviours: UpgradeBehaviour[]): void;

  /** The first request that `matches`, now or later. */
  sawRequest(matches: (request: SeenRequest) => boolean): Promise<SeenRequest>;
  /** An open visitor socket, now or later. */
  openSocket(): Promise<FakeSocket>;
  /** Cuts every connection and takes no more until `resume`. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  close(): Promise<void>;
}

export interface SeenRequest {
  readonly operation: Operation;
  readonly method: string;
  /** As it came over the wire, query included. */
  readonly target: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Parsed JSON, or undefined. */
  readonly body: unknown;
  readonly connection: number;
}

export interface SeenUpgrade {
  readonly target: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

export interface FakeSocket {
  readonly query: URLSearchParams;
  /** A string goes out as it is, a Buffer as a binary frame, anything else as JSON. */
  push(frame: unknown): void;
  close(code: number): void;
  /** Without a closing handshake. */
  cut(): void;
  /** Resolves when this many pings have come in. */
  pinged(times: number): Promise<void>;
  /** The TCP connection stays, but nothing is read or answered any more, pings included. */
  freeze(): void;
}

export type Operation = "send" | "list" | "status" | "create-integration" | "other";

/** Answers one request, well or badly. */
export type Behaviour = (request: SeenRequest, exchange: RawExchange) => void | Promise<void>;
export type UpgradeBehaviour = "accept" | "hang" | "reset" | number;

export interface RawExchange {
  readonly response: ServerResponse;
  readonly socket: Socket;
}

/** Answers with JSON. A function is called for each request. */
export function json(
  body: unknown | ((request: SeenRequest) => unknown),
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Behaviour {
  return (request, { response }) => {
    const value = typeof body === "function" ? body(request) : body;
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(value));
  };
}

/** Answers with any text, such as a proxy's page. */
export function text(body: string, status = 200, headers: Readonly<Record<string, string>> = {}): Behaviour {
  return (_request, { response }) => {
    response.writeHead(status, { "content-type": "text/html", ...headers });
    response.end(body);
  };
}

/** Resets the connection where an answer should have begun. */
export const resetBeforeAnswer: Behaviour = (_request, { socket }) => {
  socket.resetAndDestroy();
};

/** Sends a head and half a body, then resets. */
export const resetWithinBody: Behaviour = (_request, { response, socket }) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
  response.write('{"messages":[', () => socket.resetAndDestroy());
};

/** Never answers. */
export const hang: Behaviour = () => {};

/** Sends a head and the beginning of a body, and never the end. */
export const hangWithinBody: Behaviour = (_request, { response }) => {
  response.writeHead(200, { "content-type": "application/json" });
  response.write('{"messages":[');
};

/** Sends a body without end, for as long as somebody reads it. */
export const endlessBody: Behaviour = (_request, { response }) => {
  const chunk = `"${"x".repeat(64 * 1024)}",`;
  response.writeHead(200, { "content-type": "application/json" });
  const pour = () => {
    while (!response.destroyed && response.write(chunk));
    response.once("drain", pour);
  };
  pour();
};

/** Writes bytes that need not be HTTP, and ends the connection. */
export function rawBytes(bytes: string): Behaviour {
  return (_request, { socket }) => {
    socket.end(bytes, "latin1");
  };
}

/** Answers, and closes the connection at the same time without having said so. */
export function thenCloseConnection(behaviour: Behaviour): Behaviour {
  return async (request, exchange) => {
    await behaviour(request, exchange);
    exchange.socket.end();
  };
}

export async function startFakePlatform(): Promise<FakePlatform> {
  const requests: SeenRequest[] = [];
  const upgrades: SeenUpgrade[] = [];
  const sockets = new Set<FakeSocket>();
  const connections = new Map<Socket, number>();
  const behaviours = new Map<Operation, Behaviour[]>();
  const watchers = new Set<() => void>();
  let upgradeBehaviours: UpgradeBehaviour[] = ["accept"];
  let accepted = 0;

  const webSockets = new WebSocketServer({ noServer: true });
  const server = createServer((incoming, response) => void answer(incoming, response));
  server.on("connection", (socket) => {
    accepted += 1;
    connections.set(socket, accepted);
    socket.on("error", () => {});
    socket.on("close", () => connections.delete(socket));
  });
  server.on("upgrade", upgrade);
  // Tests reset connections that are being written to.
  server.on("clientError", (_error, socket) => socket.destroy());

  await listen(0);
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    socketUrl: `ws://127.0.0.1:${port}`,
    requests,
    upgrades,
    get sockets() {
      return [...sockets];
    },
    get connections() {
      return { open: connections.size, accepted };
    },
    onSend: (...list) => void behaviours.set("send", list),
    onList: (...list) => void behaviours.set("list", list),
    onStatus: (...list) => void behaviours.set("status", list),
    onCreateIntegration: (...list) => void behaviours.set("create-integration", list),
    onUpgrade: (...list) => {
      upgradeBehaviours = list;
    },
    sawRequest: (matches) => eventually(() => requests.find(matches)),
    openSocket: () => eventually(() => [...sockets][0]),
    pause: stop,
    resume: () => listen(port),
    close: stop,
    [Symbol.asyncDispose]: stop,
  };

  function listen(wanted: number): Promise<void> {
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(wanted, "127.0.0.1", () => {
        server.off("error", reject);
        resolve();
      });
    });
  }

  function stop(): Promise<void> {
    return new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of connections.keys()) socket.destroy();
    });
  }

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readAll(incoming);
    const request: SeenRequest = {
      operation: operationOf(incoming),
      method: incoming.method ?? "",
      target: incoming.url ?? "",
      query: queryOf(incoming),
      headers: incoming.headers,
      body: parseJson(body),
      connection: connections.get(incoming.socket) ?? 0,
    };
    requests.push(request);
    notify();
    const behaviour = takeTurn(behaviours.get(request.operation) ?? []) ?? json({ error: "not_found" }, 404);
    await behaviour(request, { response, socket: incoming.socket });
  }

  function upgrade(incoming: IncomingMessage, socket: Socket, head: Buffer): void {
    upgrades.push({ target: incoming.url ?? "", query: queryOf(incoming), headers: incoming.headers });
    notify();
    const behaviour = takeTurn(upgradeBehaviours) ?? "accept";
    if (behaviour === "hang") {
      // Read on, or the other side's end would never be noticed.
      socket.on("end", () => socket.destroy()).resume();
      return;
    }
    if (behaviour === "reset") {
      socket.resetAndDestroy();
      return;
    }
    if (typeof behaviour === "number") {
      socket.end(`HTTP/1.1 ${behaviour} Refused\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno`);
      return;
    }
    webSockets.handleUpgrade(incoming, socket, head, (webSocket) => {
      const opened = toFakeSocket(webSocket, socket, queryOf(incoming));
      sockets.add(opened);
      webSocket.on("error", () => {});
      webSocket.on("close", () => sockets.delete(opened));
      notify();
    });
  }

  function eventually<T>(find: () => T | undefined): Promise<T> {
    return new Promise((resolve) => {
      const look = () => {
        const found = find();
        if (found === undefined) return;
        watchers.delete(look);
        resolve(found);
      };
      watchers.add(look);
      look();
    });
  }

  function notify(): void {
    for (const look of [...watchers]) look();
  }
}

function takeTurn<T>(list: T[]): T | undefined {
  return list.length > 1 ? list.shift() : list[0];
}

function toFakeSocket(webSocket: WebSocket, socket: Socket, query: URLSearchParams): FakeSocket {
  let pings = 0;
  webSocket.on("ping", () => {
    pings += 1;
  });
  return {
    query,
    pinged: (times) =>
      new Promise((resolve) => {
        const look = () => {
          if (pings < times) return;
          webSocket.off("ping", look);
          resolve();
        };
        webSocket.on("ping", look);
        look();
      }),
    push(frame) {
      if (typeof frame === "string" || Buffer.isBuffer(frame)) webSocket.send(frame);
      else webSocket.send(JSON.stringify(frame));
    },
    close: (code) => webSocket.close(code),
    cut: () => webSocket.terminate(),
    freeze: () => socket.pause(),
  };
}

function operationOf({ method, url = "" }: IncomingMessage): Operation {
  const [path = ""] = url.split("?");
  if (method === "POST" && /\/webhooks\/chat\/[^/]+\/integrations$/.test(path)) return "create-integration";
  if (method === "POST" && /\/webhooks\/chat\/[^/]+\/[^/]+\/messages$/.test(path)) return "send";
  if (method === "GET" && /\/sessions\/[^/]+\/messages$/.test(path)) return "list";
  if (method === "GET" && /\/status$/.test(path)) return "status";
  return "other";
}

function queryOf({ url = "" }: IncomingMessage): URLSearchParams {
  return new URLSearchParams(url.split("?")[1] ?? "");
}

async function readAll(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
