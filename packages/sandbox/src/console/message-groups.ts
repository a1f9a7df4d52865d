import { startOfDay } from "./format-time.ts";
import type { Message } from "./wire.ts";

/** Messages of one author within a few minutes, shown as one block. */
export interface MessageGroup {
  readonly author: Message["author"];
  readonly messages: readonly [Message, ...Message[]];
}

export interface DayOfMessages {
  readonly dayMs: number;
  readonly groups: readonly MessageGroup[];
}

const SAME_BLOCK_MS = 5 * 60_000;

/** A conversation by days, and each day by blocks. */
export function groupMessages(messages: readonly Message[]): readonly DayOfMessages[] {
  const days: {
    dayMs: number;
    groups: { author: Message["author"]; messages: [Message, ...Message[]] }[];
  }[] = [];
  for (const message of messages) {
    const dayMs = startOfDay(message.createdAtMs);
    let day = days.at(-1);
    if (day?.dayMs !== dayMs) {
      day = { dayMs, groups: [] };
      days.push(day);
    }
    const group = day.groups.at(-1);
    const last = group?.messages.at(-1);
    const joins =
      last !== undefined &&
      last.author === message.author &&
      message.createdAtMs - last.createdAtMs < SAME_BLOCK_MS;
    if (group !== undefined && joins) group.messages.push(message);
    else day.groups.push({ author: message.author, messages: [message] });
  }
  return days;
}
