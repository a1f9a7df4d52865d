import { expect, it } from "vitest";
import { groupMessages } from "./message-groups.ts";
import type { Message } from "./wire.ts";

function message(id: string, time: string, author: Message["author"]): Message {
  return { id, sessionPublicId: "s", author, content: id, createdAtMs: new Date(time).getTime() };
}

it("puts messages of one author close in time into a block, and each day under its own head", () => {
  const days = groupMessages([
    message("1", "2026-03-17T23:58:00", "visitor"),
    message("2", "2026-03-17T23:59:00", "visitor"),
    message("3", "2026-03-18T00:00:00", "visitor"),
    message("4", "2026-03-18T00:10:00", "visitor"),
    message("5", "2026-03-18T00:11:00", "owner"),
  ]);
  const ids = days.map(({ groups }) => groups.map(({ messages }) => messages.map(({ id }) => id)));
  expect(ids).toEqual([[["1", "2"]], [["3"], ["4"], ["5"]]]);
});
