import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { SUBPROTOCOL } from "@mailoo-chat/protocol";
import { WebSocket } from "ws";
import { percentile } from "../chaos/percentile.ts";
import { ORIGIN, openSessions, startBenchBff } from "./bench-target.ts";
import { startConstantPlatform } from "./constant-platform.ts";
import { processUsage } from "./process-usage.ts";

const PER_SECOND = 100;

export interface PushOptions {
  readonly seconds: number;
  /** Sessions that are connected and quiet. */
  readonly idle: number;
}

/** What it costs to bring a message from the platform's socket to a browser's, and to keep one waiting. */
export async function measurePush({ seconds, idle }: PushOptions): Promise<Readonly<Record<string, number>>> {
  await using platform = await startConstantPlatform();
  await using bff = await startBenchBff(platform.url);
  const sessions = await openSessions(bff, idle + 2);
  const [one, ten, ...quiet] = sessions;
  if (!one || !ten) throw new Error("no sessions");
  const socketUrl = `${bff.baseUrl.replace("http", "ws")}/ws`;
  const join = async (token: string) => {
    const socket = new WebSocket(socketUrl, [SUBPROTOCOL], { origin: ORIGIN, perMessageDeflate: false });
    await once(socket, "open");
    socket.send(JSON.stringify({ type: "hello", token }));
    await once(socket, "message");
    return socket;
  };

  const browser = await join(one.token);
  const direct = new WebSocket(
    `${platform.url.replace("http", "ws")}/api/v1/chat/visitor-ws?projectUid=p&integrationId=i&sessionPublicId=direct`,
    { perMessageDeflate: false },
  );
  await once(direct, "open");
  const crowd = await Promise.all(Array.from({ length: 10 }, () => join(ten.token)));

  const stream = async (session: string, readers: readonly WebSocket[]) => {
    const latencies: number[] = [];
    const hear = (data: unknown) => {
      const sentAt = /@(\d+\.\d+)@/.exec(String(data))?.[1];
      if (sentAt !== undefined) latencies.push(performance.now() - Number(sentAt));
    };
    for (const reader of readers) reader.on("message", hear);
    const before = processUsage(bff.pid).cpuMs;
    const startedAtMs = performance.now();
    const count = seconds * PER_SECOND;
    for (let pushed = 0; pushed < count; pushed += 1) {
      const waitMs = startedAtMs + (pushed * 1000) / PER_SECOND - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      platform.push(session, `@${performance.now().toFixed(3)}@`);
    }
    const deadlineMs = performance.now() + 5_000;
    while (latencies.length < count * readers.length && performance.now() < deadlineMs) await sleep(10);
    for (const reader of readers) reader.off("message", hear);
    if (latencies.length !== count * readers.length)
      throw new Error(`${latencies.length} of ${count * readers.length} arrived`);
    return { latencies, cpuUs: ((processUsage(bff.pid).cpuMs - before) * 1000) / latencies.length };
  };

  const straight = await stream("direct", [direct]);
  const single = await stream(one.sessionPublicId, [browser]);
  const shared = await stream(ten.sessionPublicId, crowd);

  const beforeIdle = processUsage(bff.pid).rssBytes;
  const waiting: WebSocket[] = [];
  for (const { token } of quiet) waiting.push(await join(token));
  await sleep(2_000);
  const perIdleKiB = (processUsage(bff.pid).rssBytes - beforeIdle) / 1024 / Math.max(1, quiet.length);
  for (const socket of [browser, direct, ...crowd, ...waiting]) socket.terminate();

  return {
    "added at 100/s, p50 ms": round(percentile(single.latencies, 0.5) - percentile(straight.latencies, 0.5)),
    "added at 100/s, p99 ms": round(
      percentile(single.latencies, 0.99) - percentile(straight.latencies, 0.99),
    ),
    "cpu per delivery 1:1, µs": round(single.cpuUs),
    "cpu per delivery 1:10, µs": round(shared.cpuUs),
    "idle sessions": quiet.length,
    "resident memory per idle session, KiB": round(perIdleKiB),
  };
}

function round(value: number): number {
  return Number(value.toFixed(2));
}
