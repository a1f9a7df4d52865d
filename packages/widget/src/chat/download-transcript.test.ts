import { describe, expect, it } from "vitest";
import type { TimelineEntry } from "../client/chat-client.ts";
import { en } from "../i18n/en.ts";
import { toTranscript } from "./download-transcript.ts";

const line: TimelineEntry = {
  key: "1",
  id: "1",
  author: "visitor",
  authorName: null,
  content: "Hello\nthere",
  createdAtMs: new Date(2026, 4, 4, 12).getTime(),
  state: "sent",
  failure: null,
};

describe("toTranscript", () => {
  it("writes one paragraph per message and marks unsent messages", () => {
    const timeline = [
      line,
      { ...line, author: "owner" as const, authorName: "Maria", content: "Hi" },
      { ...line, state: "failed" as const, content: "Lost?" },
    ];
    expect(toTranscript(timeline, en, "en-GB")).toBe(
      "You, 4 May 2026, 12:00\nHello\nthere\n\nMaria, 4 May 2026, 12:00\nHi\n\nYou, 4 May 2026, 12:00 (Not sent)\nLost?\n",
    );
  });
});
