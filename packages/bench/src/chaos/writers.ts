import { setTimeout as sleep } from "node:timers/promises";
import { createVisitor } from "@mailoo-chat/e2e/headless-visitor";
import type { ChatConfig } from "@mailoo-chat/protocol";
import type { Sandbox } from "@mailoo-chat/sandbox";
import { percentile } from "./percentile.ts";
import { ORIGIN, type ScenarioResult } from "./scenario.ts";

/** A visitor who writes one message after the other. */
export interface Writer extends Disposable {
  readonly sessionPublicId: string | null;
  readonly sent: number;
  /** Texts of which the client has said that they are sent. */
  readonly acknowledged: ReadonlySet<string>;
  readonly failed: readonly string[];
  readonly tookMs: readonly number[];
  /** Ids of the owner's messages, each time that the client says that one is new. */
  readonly announced: readonly string[];
  write(stop: AbortSignal): Promise<void>;
  /** Shows what the platform has, in its order. */
  isCaughtUp(sandbox: Sandbox): boolean;
}

/** @param realtime overrides the transports that the BFF offers */
export function createWriter(
  index: number,
  baseUrl: string,
  realtime: Partial<ChatConfig["realtime"]> = {},
): Writer {
  const visitor = createVisitor({ baseUrl, origin: ORIGIN, realtime });
  const { client } = visitor;
  const acknowledged = new Set<string>();
  const failed: string[] = [];
  const tookMs: number[] = [];
  const announced: string[] = [];
  let sent = 0;
  client.onMessage(({ id }) => announced.push(id));
  client.open();

  async function send(text: string): Promise<void> {
    const startedAt = performance.now();
    try {
      await client.send(text);
      acknowledged.add(text);
      tookMs.push(performance.now() - startedAt);
    } catch (error) {
      failed.push(`${text}: ${error}`);
    }
  }

  return {
    get sessionPublicId() {
      return client.state.sessionPublicId;
    },
    get sent() {
      return sent;
    },
    acknowledged,
    failed,
    tookMs,
    announced,
    async write(stop) {
      while (!stop.aborted) {
        await send(`visitor ${index} message ${sent++}`);
        await sleep(500 + Math.random() * 1_000);
      }
    },
    isCaughtUp(sandbox) {
      const { sessionPublicId } = client.state;
      if (sessionPublicId === null) return false;
      const stored = sandbox.messages(sessionPublicId).map(({ content }) => content);
      return visitor.confirmed().join("\n") === stored.join("\n");
    },
    [Symbol.dispose]: () => visitor[Symbol.dispose](),
  };
}

/** Whether every message of both sides arrived exactly once and in order. */
export function checkDelivery(
  sandbox: Sandbox,
  writers: readonly Writer[],
): Pick<ScenarioResult, "figures" | "broken"> {
  const broken: string[] = [];
  let lost = 0;
  let doubled = 0;
  let replies = 0;
  let missed = 0;
  let repeated = 0;
  for (const { sessionPublicId, acknowledged, announced } of writers) {
    const messages = sessionPublicId === null ? [] : sandbox.messages(sessionPublicId);
    for (const text of acknowledged) {
      const times = messages.filter(({ content }) => content === text).length;
      if (times === 0) lost += 1;
      if (times > 1) doubled += 1;
    }
    const answers = messages.filter(({ sender }) => sender === "owner");
    replies += answers.length;
    missed += answers.filter(({ id }) => !announced.includes(id)).length;
    repeated += announced.length - new Set(announced).size;
  }
  const behind = writers.filter((writer) => !writer.isCaughtUp(sandbox)).length;
  const orphans = sandbox.sessions().length - writers.length;
  const failed = writers.flatMap((writer) => writer.failed);
  const tookMs = writers.flatMap((writer) => writer.tookMs);
  if (lost > 0) broken.push(`${lost} acknowledged messages are not on the platform`);
  if (doubled > 0) broken.push(`${doubled} acknowledged messages are there twice`);
  if (missed > 0) broken.push(`${missed} of the owner's messages were not announced`);
  if (repeated > 0) broken.push(`${repeated} of the owner's messages were announced twice`);
  if (behind > 0) broken.push(`${behind} visitors do not see what the platform has, in its order`);
  if (orphans !== 0) broken.push(`there are ${orphans} sessions more than visitors`);
  if (failed.length > 0) broken.push(`${failed.length} sends failed, such as ${failed[0]}`);
  return {
    figures: {
      sessions: writers.length,
      sent: writers.reduce((sum, { sent }) => sum + sent, 0),
      acknowledged: writers.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0),
      lost,
      doubled,
      failed: failed.length,
      orphans,
      replies,
      missed,
      repeated,
      medianMs: Math.round(percentile(tookMs, 0.5)),
      p99Ms: Math.round(percentile(tookMs, 0.99)),
      slowestMs: Math.round(percentile(tookMs, 1)),
    },
    broken,
  };
}

/** @returns whether it came true in time */
export async function waitUntil(withinMs: number, condition: () => boolean): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > deadline) return false;
    await sleep(100);
  }
  return true;
}
