import { describe, expect, it } from "vitest";
import { createFakeClient, toEntry } from "../../test/chat/fake-client.ts";
import type { ChatState } from "../client/chat-client.ts";
import { createReading } from "./reading.ts";

const HEIGHT_PX = 400;

/** A log of messages of 100 px each, and the panel's reading of it. */
function createScene() {
  const log = Object.assign(document.createElement("div"), { scrollTop: 0 });
  let contentPx = 0;
  let heightPx = HEIGHT_PX;
  Object.defineProperty(log, "scrollHeight", { get: () => contentPx });
  Object.defineProperty(log, "clientHeight", { get: () => heightPx });
  const reading = createReading(
    () => log,
    () => {},
  );
  const bottom = () => log.scrollTop + heightPx;

  return {
    log,
    reading,
    /** Draws a state; a notice takes its height from the log, and the names of days add to what is in it. */
    draw(chat: ChatState, daysPx = 0) {
      const settle = reading.prepare(chat, true);
      contentPx = 100 * chat.timeline.length + daysPx;
      heightPx = HEIGHT_PX - (chat.notice ? 60 : 0);
      settle();
    },
    isEndInSight: () => bottom() >= contentPx,
  };
}

const toChat = (count: number, change: Partial<ChatState> = {}): ChatState => ({
  ...createFakeClient().state,
  timeline: Array.from({ length: count }, (_, index) => toEntry({ id: `m${index}`, author: "owner" })),
  ...change,
});

describe("the reading of a history", () => {
  it("keeps the end in sight for who is there, when messages come and when a notice takes their room", () => {
    const { draw, isEndInSight, reading } = createScene();
    draw(toChat(10));
    draw(toChat(11));
    expect(isEndInSight()).toBe(true);
    draw(toChat(11, { notice: { kind: "offline" } }));
    expect(isEndInSight()).toBe(true);
    expect(reading.hasMissed).toBe(false);
  });

  it("leaves who reads further up where they are, and says that there is more", () => {
    const { draw, log, reading } = createScene();
    draw(toChat(10));
    log.scrollTop = 100;
    draw(toChat(11));
    draw(toChat(11, { notice: { kind: "offline" } }));
    expect(log.scrollTop).toBe(100);
    expect(reading.hasMissed).toBe(true);
  });

  it("keeps the end in sight where what was drawn before becomes higher, and is no news then", () => {
    const { draw, isEndInSight, reading } = createScene();
    const chat = toChat(10);
    draw(chat);
    reading.hush();
    expect(reading.isLive).toBe(false);
    draw(chat, 120);
    expect(isEndInSight()).toBe(true);
    expect(reading.isLive).toBe(true);
  });

  it("goes to the visitor's own message from anywhere", () => {
    const { draw, log, isEndInSight } = createScene();
    const chat = toChat(10);
    draw(chat);
    log.scrollTop = 100;
    draw({ ...chat, timeline: [...chat.timeline, toEntry({ id: "own", author: "visitor" })] });
    expect(isEndInSight()).toBe(true);
  });

  it("does not touch the scroll where the same state is drawn again", () => {
    const { draw, log } = createScene();
    const chat = toChat(10);
    draw(chat);
    log.scrollTop = 590;
    draw(chat);
    expect(log.scrollTop).toBe(590);
  });
});
