import type { NewMessage } from "../store/message-store.ts";
import { newMessageId } from "./create-platform.ts";
import type { ChatSession, Sender } from "./models.ts";

/** Many messages of one session, made for a test. */
export interface MessageBatch {
  readonly sessionPublicId: string;
  readonly count: number;
  readonly sender: Sender;
  /** `{n}` stands for the message's number, from 1. */
  readonly content: string;
  /**
   * `createdAt` of the first, epoch milliseconds. null lets the last one be now, or later if the first would come
   * before what the session holds already.
   */
  readonly firstAtMs: number | null;
  /** From one `createdAt` to the next. */
  readonly stepMs: number;
}

export function toNewMessages(
  batch: MessageBatch,
  session: Pick<ChatSession, "lastMessageAtMs">,
  nowMs: number,
): readonly NewMessage[] {
  const { sessionPublicId, count, sender, content, stepMs } = batch;
  const endingNowMs = nowMs - (count - 1) * stepMs;
  const firstAtMs = batch.firstAtMs ?? Math.max(endingNowMs, session.lastMessageAtMs + stepMs);
  return Array.from({ length: count }, (_, index) => ({
    id: newMessageId(),
    sessionPublicId,
    sender,
    senderName: null,
    content: content.replaceAll("{n}", String(index + 1)),
    createdAtMs: Math.floor(firstAtMs + index * stepMs),
  }));
}
