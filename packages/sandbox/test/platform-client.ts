import { once } from "node:events";
import { expect } from "vitest";
import { WebSocket } from "ws";
import { type Sandbox, SEED } from "../src/index.ts";

/** An answer with its body read: parsed where it is JSON. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** Tests look into it freely; `toMatchObject` is their schema. */
  readonly body: unknown;
}

export const ALLOWED_ORIGIN = "http://localhost:5173";

/** Headers of a well-behaved caller with the seed's key. */
export const asServer = { "X-API-Key": SEED.apiKey, Origin: ALLOWED_ORIGIN };
export const asOwner = { Authorization: `Bearer ${SEED.ownerToken}` };

export const CHAT = `/api/v1/webhooks/chat/${SEED.projectUid}/${SEED.integrationId}`;
export const DASHBOARD = `/api/v1/chat/${SEED.integrationId}`;

export async function call(
  sandbox: Sandbox,
  method: string,
  path: string,
  { headers = {}, json }: { headers?: Record<string, string>; json?: unknown } = {},
): Promise<Reply> {
  const response = await fetch(`${sandbox.url}${path}`, {
    method,
    redirect: "manual",
    headers: json === undefined ? headers : { "Content-Type": "application/json", ...headers },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") ?? false;
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

/** Sends as the site's server would. */
export function send(sandbox: Sandbox, json: Record<string, unknown>): Promise<Reply> {
  return call(sandbox, "POST", `${CHAT}/messages`, { headers: asServer, json });
}

/** The contents that the history call lists, in its order. */
export async function listContents(
  sandbox: Sandbox,
  sessionPublicId: string,
  since?: string,
): Promise<string[]> {
  const query = since === undefined ? "" : `?since=${encodeURIComponent(since)}`;
  const { body } = await call(sandbox, "GET", `${CHAT}/sessions/${sessionPublicId}/messages${query}`, {
    headers: asServer,
  });
  return (body as { messages: { content: string }[] }).messages.map(({ content }) => content);
}

export function setFaults(sandbox: Sandbox, json: unknown): Promise<Reply> {
  return call(sandbox, "PUT", "/__sandbox/faults", { json });
}

/** Asks until the answer fits; patient, since the machine may be busy. */
export function eventually<T>(ask: () => T | Promise<T>): ReturnType<typeof expect.poll<T>> {
  return expect.poll(ask, { timeout: 10_000 });
}

/** A socket with what it received so far. */
export interface Listener extends Disposable {
  readonly frames: readonly unknown[];
  /** Resolves once `count` frames have come. */
  received(count: number): Promise<readonly unknown[]>;
  readonly closed: Promise<number>;
  readonly socket: WebSocket;
}

export function visitorPath(sessionPublicId: string): string {
  const query = new URLSearchParams({
    projectUid: SEED.projectUid,
    integrationId: SEED.integrationId,
    sessionPublicId,
  });
  return `/api/v1/chat/visitor-ws?${query}`;
}

export function ownerPath(token: string = SEED.ownerToken): string {
  return `/api/v1/chat/ws?${new URLSearchParams({ integrationId: SEED.integrationId, token })}`;
}

/** Opens a socket. @throws {UpgradeRefused} with the HTTP status */
export async function listen(
  sandbox: Sandbox,
  path: string,
  headers: Record<string, string> = {},
): Promise<Listener> {
  const socket = new WebSocket(`${sandbox.wsUrl}${path}`, { headers });
  const frames: unknown[] = [];
  const waiting = new Set<() => void>();
  socket.on("message", (data, isBinary) => {
    frames.push(isBinary ? data : parseOrText(data.toString()));
    for (const check of waiting) check();
  });
  const closed = new Promise<number>((resolve) => socket.once("close", resolve));
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("unexpected-response", (request, response) => {
      request.destroy();
      reject(new UpgradeRefused(response.statusCode ?? 0));
    });
    socket.once("error", reject);
  });
  socket.on("error", () => {});
  return {
    frames,
    received: (count) =>
      new Promise((resolve) => {
        const check = () => {
          if (frames.length < count) return;
          waiting.delete(check);
          resolve(frames.slice(0, count));
        };
        waiting.add(check);
        check();
      }),
    closed,
    socket,
    [Symbol.dispose]: () => socket.terminate(),
  };
}

export class UpgradeRefused extends Error {
  override readonly name = "UpgradeRefused";
  readonly status: number;

  constructor(status: number) {
    super(`upgrade refused with ${status}`);
    this.status = status;
  }
}

/** Resolves when a ping sent now has been answered: whatever the server sent before has arrived. */
export async function roundTrip({ socket }: Listener): Promise<void> {
  socket.ping();
  await once(socket, "pong");
}

function parseOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
