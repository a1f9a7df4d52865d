import { WebSocket } from "ws";
import type { ConformanceOptions } from "./options.ts";
import { findSessionId } from "./read-answer.ts";
import { type Shape, shapeOf } from "./shape-of.ts";

export interface CallOptions {
  /** null sends none. @default the key given */
  readonly key?: string | null;
  /** null sends none. @default the origin given */
  readonly origin?: string | null;
  readonly ownerToken?: string;
  readonly json?: unknown;
}

export interface CallAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON; undefined where the answer is no JSON. */
  readonly body: unknown;
}

export interface OpenSocket {
  readonly name: "open";
  /** The first matching frame, received or to come, or null if none comes in time. */
  waitFor(fits: (frame: unknown) => boolean): Promise<unknown>;
  close(): void;
}

export type SocketOutcome =
  | OpenSocket
  | { readonly name: "refused"; readonly status: number }
  | { readonly name: "failed"; readonly detail: string };

/** The platform for the probes, and the shapes of its answers. */
export interface ProbeContext {
  readonly options: ConformanceOptions;
  /** `/api/v1/webhooks/chat/{project}/{integration}` */
  readonly chatPath: string;
  /** `/api/v1/chat/{integration}` */
  readonly dashboardPath: string;
  /** Calls the platform and records the answer's shape under `label`. @throws if there is no answer in time */
  call(label: string, method: string, path: string, options?: CallOptions): Promise<CallAnswer>;
  connect(label: string, path: string, origin: string | null): Promise<SocketOutcome>;
  /** Sends as the site's server would. */
  send(content: string, sessionPublicId?: string): Promise<CallAnswer>;
  /** A session of this run, opened at the first call. @throws if none can be opened */
  session(): Promise<string>;
  /** A unique text. */
  uniqueText(what: string): string;
  readonly shapes: Readonly<Record<string, Shape>>;
}

export function createProbeContext(options: ConformanceOptions): ProbeContext {
  const { api, socketApi, key, origin, timeoutMs } = options;
  const shapes: Record<string, Shape> = {};
  const runId = Date.now().toString(36);
  let texts = 0;
  let opened: Promise<string> | null = null;

  const context: ProbeContext = {
    options,
    chatPath: `/api/v1/webhooks/chat/${encodeURIComponent(options.projectUid)}/${encodeURIComponent(options.integrationId)}`,
    dashboardPath: `/api/v1/chat/${encodeURIComponent(options.integrationId)}`,
    shapes,
    async call(label, method, path, given = {}) {
      const response = await fetch(`${api}${path}`, {
        method,
        redirect: "manual",
        headers: headersOf(given),
        ...(given.json === undefined ? {} : { body: JSON.stringify(given.json) }),
        signal: AbortSignal.timeout(timeoutMs),
      });
      const body = parseJson(await response.text());
      shapes[`${label} ${response.status}`] = body === undefined ? "no JSON" : shapeOf(body);
      return { status: response.status, headers: response.headers, body };
    },
    connect: (label, path, socketOrigin) =>
      connect(`${socketApi.replace(/^http/, "ws")}${path}`, socketOrigin, timeoutMs, (frame) => {
        shapes[`${label} frame`] ??= shapeOf(frame);
      }),
    send(content, sessionPublicId) {
      const json = sessionPublicId === undefined ? { content } : { content, sessionPublicId };
      return context.call("send", "POST", `${context.chatPath}/messages`, { json });
    },
    session() {
      opened ??= openSession(context);
      return opened;
    },
    uniqueText(what) {
      texts += 1;
      return `Conformance check, please ignore: ${what} (${runId}-${texts})`;
    },
  };
  return context;

  function headersOf(given: CallOptions): Record<string, string> {
    const sentKey = given.key === undefined && given.ownerToken === undefined ? key : given.key;
    const sentOrigin = given.origin === undefined ? origin : given.origin;
    return {
      Accept: "application/json",
      ...(given.json === undefined ? {} : { "Content-Type": "application/json" }),
      ...(sentKey ? { "X-API-Key": sentKey } : {}),
      ...(sentOrigin === null ? {} : { Origin: sentOrigin }),
      ...(given.ownerToken === undefined ? {} : { Authorization: `Bearer ${given.ownerToken}` }),
    };
  }
}

async function openSession(context: ProbeContext): Promise<string> {
  const { status, body } = await context.send(context.uniqueText("opens the session"));
  const sessionPublicId = findSessionId(body);
  if (sessionPublicId === null) throw new Error(`no session could be opened: a send was answered ${status}`);
  return sessionPublicId;
}

/** Most frames kept per socket. */
const MAX_FRAMES = 1000;

function connect(
  url: string,
  origin: string | null,
  timeoutMs: number,
  onFrame: (frame: unknown) => void,
): Promise<SocketOutcome> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, {
      handshakeTimeout: timeoutMs,
      ...(origin === null ? {} : { origin }),
    });
    const frames: unknown[] = [];
    const watchers = new Set<() => void>();
    socket.on("message", (data) => {
      const frame = parseJson(data.toString());
      onFrame(frame);
      if (frames.length < MAX_FRAMES) frames.push(frame);
      for (const watch of watchers) watch();
    });
    socket.once("unexpected-response", (request, response) => {
      request.destroy();
      resolve({ name: "refused", status: response.statusCode ?? 0 });
    });
    socket.on("error", (error) => resolve({ name: "failed", detail: error.message }));
    socket.once("open", () =>
      resolve({
        name: "open",
        close: () => socket.terminate(),
        waitFor: (fits) =>
          new Promise((found) => {
            const finish = (frame: unknown) => {
              clearTimeout(timer);
              watchers.delete(look);
              found(frame);
            };
            const look = () => {
              const at = frames.findIndex(fits);
              if (at !== -1) finish(frames[at]);
            };
            const timer = setTimeout(() => finish(null), timeoutMs);
            watchers.add(look);
            look();
          }),
      }),
    );
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
