import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { startSandbox } from "@mailoo-chat/sandbox";
import { afterAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { startBff } from "../src/servers/start-bff.ts";

// Recorded requests of the previous release's widget, and the fields that it reads from the answers: visitors have it in
// pages that they opened before the upgrade. Answers may have more fields than that, but not fewer.

const ORIGIN = "http://localhost:5173";

/** The fields that are read from an answer: each with its type or its own fields. */
interface Shape {
  readonly [field: string]: string | Shape;
}

interface Exchange {
  readonly title: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: object;
  };
  readonly status: number;
  readonly reads: Shape;
  /** Values of the answer that later requests use, by name. */
  readonly keeps?: Readonly<Record<string, string>>;
}

interface Recording {
  readonly release: string;
  readonly exchanges: readonly Exchange[];
  readonly socket: {
    readonly subprotocol: string;
    readonly hello: object;
    readonly pong: object;
    readonly ready: Shape;
    readonly message: Shape;
  };
}

const recording = JSON.parse(
  await readFile(join(import.meta.dirname, "fixtures/widget-0.1.0.json"), "utf8"),
) as Recording;

const sandbox = await startSandbox();
const bff = await startBff({ platformUrl: sandbox.url, allowedOrigins: [ORIGIN] });
afterAll(async () => {
  await bff[Symbol.asyncDispose]();
  await sandbox.close();
});
/** Values of earlier answers, for later requests. */
const kept = new Map<string, string>();

describe(`a widget of ${recording.release} with the current BFF`, () => {
  for (const { title, request, status, reads, keeps = {} } of recording.exchanges) {
    it(title, async () => {
      const answer = await fetch(bff.baseUrl + fill(request.path), {
        method: request.method,
        headers: { origin: ORIGIN, ...(JSON.parse(fill(JSON.stringify(request.headers ?? {}))) as object) },
        ...(request.body && { body: fill(JSON.stringify(request.body)) }),
      });
      const body: unknown = await answer.json();
      expect(answer.status).toBe(status);
      expect(findMissing(body, reads)).toEqual([]);
      for (const [name, path] of Object.entries(keeps)) kept.set(name, String(readPath(body, path)));
    });
  }

  it("sends each message once", () => {
    expect(sandbox.messages(fill("{session}")).map(({ content }) => content)).toEqual([
      "Is anybody there?",
      "I should like to return a rake.",
    ]);
  });

  it("receives the owner's messages by socket", async () => {
    const socket = new WebSocket(`${bff.baseUrl.replace("http", "ws")}/ws`, [recording.socket.subprotocol], {
      origin: ORIGIN,
    });
    const frames: unknown[] = [];
    socket.on("message", (data) => {
      const frame = JSON.parse(String(data)) as { readonly type: string };
      // May come at any time.
      if (frame.type !== "status") frames.push(frame);
    });
    await once(socket, "open");
    socket.send(fill(JSON.stringify(recording.socket.hello)));
    await expect.poll(() => frames.length, { timeout: 10_000 }).toBe(1);
    expect(findMissing(frames[0], recording.socket.ready)).toEqual([]);

    // A pong without a ping, as when a ping and a reconnect cross, must not close the socket.
    socket.send(JSON.stringify(recording.socket.pong));
    sandbox.reply(fill("{session}"), "Bring it along");
    const isReply = (frame: unknown) => readPath(frame, "message.content") === "Bring it along";
    await expect.poll(() => frames.find(isReply), { timeout: 10_000 }).toBeDefined();
    expect(findMissing(frames.find(isReply), recording.socket.message)).toEqual([]);
    expect(socket.readyState).toBe(WebSocket.OPEN);
    socket.terminate();
  });

  /** Inserts values of earlier answers. */
  function fill(text: string): string {
    return text.replaceAll(/\{(\w+)\}/g, (hole, name: string) => kept.get(name) ?? hole);
  }
});

/** The paths of fields that are missing or have another type. */
function findMissing(value: unknown, shape: Shape, at = ""): readonly string[] {
  return Object.entries(shape).flatMap(([field, wanted]) => {
    const found = readPath(value, field);
    if (typeof wanted !== "string") return findMissing(found, wanted, `${at}${field}.`);
    return wanted.split(" or ").includes(typeOf(found))
      ? []
      : [`${at}${field} is ${typeOf(found)}, not ${wanted}`];
  });
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

function readPath(value: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>(
      (holder, field) =>
        typeof holder === "object" && holder !== null
          ? (holder as Readonly<Record<string, unknown>>)[field]
          : undefined,
      value,
    );
}
