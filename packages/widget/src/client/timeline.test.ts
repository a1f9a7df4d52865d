import type { ChatMessage } from "@mailoo-chat/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OutboxEntry } from "./outbox.ts";
import {
  mergeMessages,
  TIMELINE_MAX_MESSAGES,
  type TimelineMessage,
  toTimelineEntries,
  toUnderWay,
} from "./timeline.ts";

const BASE_MS = Date.parse("2026-03-01T10:00:00.000Z");

function message(fields: Partial<ChatMessage> & { id: string }, atMs = BASE_MS): ChatMessage {
  return { author: "owner", content: fields.id, createdAt: new Date(atMs).toISOString(), ...fields };
}

function entry(fields: Partial<OutboxEntry> & { id: string }): OutboxEntry {
  return {
    content: fields.id,
    writtenAtMs: BASE_MS,
    attempt: 0,
    after: null,
    claimedUntilMs: 0,
    failure: null,
    visitor: {},
    ...fields,
  };
}

function idsOf(lines: readonly TimelineMessage[], outbox: readonly OutboxEntry[] = []): readonly string[] {
  return toTimelineEntries(lines, outbox).map(({ id }) => id);
}

describe("the timeline", () => {
  it("[ORDER-2] replaces the fields of a known message and adds no second message", () => {
    const drafts = [message({ id: "m1", content: "draft" }), message({ id: "m2" }, BASE_MS + 1)];
    const first = mergeMessages([], drafts, []);
    const second = mergeMessages(first, [message({ id: "m1", content: "final" })], []);
    expect(toTimelineEntries(second, []).map(({ content }) => content)).toEqual(["final", "m2"]);
  });

  it("keeps a clientMessageId that a later response omits", () => {
    const first = mergeMessages([], [message({ id: "m1", author: "visitor", clientMessageId: "c1" })], []);
    const second = mergeMessages(first, [message({ id: "m1", author: "visitor" })], []);
    expect(toTimelineEntries(second, [])[0]?.key).toBe("c1");
  });

  it("[ORDER-1] sorts by the platform's time, and equal times by arrival", () => {
    const lines = mergeMessages(
      [],
      [message({ id: "b" }, BASE_MS + 1), message({ id: "c" }, BASE_MS + 1), message({ id: "a" })],
      [],
    );
    expect(idsOf(lines)).toEqual(["a", "b", "c"]);
  });

  it("[ORDER-1] adopts the platform's order of equal times when they are listed again, and keeps it when a send is confirmed", () => {
    const [a, b, c] = [message({ id: "a" }), message({ id: "b" }), message({ id: "c" })];
    const pushed = mergeMessages([], [c, a, b], []);
    const listed = mergeMessages(pushed, [a, b, c], []);
    expect(idsOf(listed)).toEqual(["a", "b", "c"]);
    const insertedOneByOne = [a, b, c].reduce((lines, one) => mergeMessages(lines, [one], []), pushed);
    expect(idsOf(insertedOneByOne)).toEqual(["a", "b", "c"]);
    expect(idsOf(mergeMessages(listed, [a], [], true))).toEqual(["a", "b", "c"]);
  });

  it("shows unconfirmed own messages last, regardless of the local clock", () => {
    const lines = mergeMessages([], [message({ id: "m1" })], []);
    for (const skewMs of [-3 * 86_400_000, 3 * 86_400_000]) {
      expect(idsOf(lines, [entry({ id: "c1", writtenAtMs: BASE_MS + skewMs })])).toEqual(["m1", "c1"]);
    }
  });

  it("holds back an echo without a clientMessageId until pending sends are settled", () => {
    const sending = entry({ id: "c1", attempt: 1, claimedUntilMs: BASE_MS });
    const echo = message({ id: "m1", author: "visitor", content: "c1" });
    const lines = mergeMessages([], [echo], toUnderWay([sending]));
    expect(idsOf(lines, [sending])).toEqual(["c1"]);
    const confirmed = mergeMessages(lines, [{ ...echo, clientMessageId: "c1" }], toUnderWay([sending]));
    expect(toTimelineEntries(confirmed, [sending])).toMatchObject([{ id: "m1", key: "c1", state: "sent" }]);
    expect(toTimelineEntries(confirmed, [])).toMatchObject([{ id: "m1", key: "c1", state: "sent" }]);
  });

  it("shows a held message after the send that held it has failed", () => {
    const failed = entry({ id: "c1", attempt: 8, failure: "network" });
    const lines = mergeMessages([], [message({ id: "m1", author: "visitor" })], ["c1"]);
    expect(idsOf(lines, [failed])).toEqual(["m1", "c1"]);
  });

  it("never hides a message that was shown before a send", () => {
    const lines = mergeMessages([], [message({ id: "m1", author: "visitor" })], []);
    expect(idsOf(lines, [entry({ id: "c1", attempt: 1 })])).toEqual(["m1", "c1"]);
  });

  it("keeps the newest thousand messages", () => {
    const all = Array.from({ length: TIMELINE_MAX_MESSAGES + 5 }, (_, i) =>
      message({ id: `m${i}` }, BASE_MS + 1_000 * i),
    );
    const lines = mergeMessages([], all, []);
    expect(lines).toHaveLength(TIMELINE_MAX_MESSAGES);
    expect(idsOf(lines)[0]).toBe("m5");
  });

  for (const perMinute of [3, 3_000]) {
    it(`keeps the newest messages in order at its limit: ${perMinute} messages a minute, some repeated or late`, () => {
      // Seven in each millisecond.
      const all = Array.from({ length: 3_000 }, (_, i) =>
        message({ id: `m${i}` }, BASE_MS + Math.floor(i / 7) * (600_000 / perMinute)),
      );
      const late = message({ id: "late" }, Date.parse(all.at(-1)?.createdAt ?? "") - 50_001);
      let lines = mergeMessages([], all, []);
      lines = mergeMessages(lines, [late, ...all.slice(504, 2_499)], []);
      const place = all.filter(({ createdAt }) => createdAt <= late.createdAt).length;
      const truth = [...all.slice(0, place), late, ...all.slice(place)].map(({ id }) => id);
      expect(idsOf(lines)).toEqual(truth.slice(-lines.length));
      expect(lines.length).toBeGreaterThanOrEqual(TIMELINE_MAX_MESSAGES);
      expect(idsOf(lines)).toContain("late");
    });
  }

  it("inserts ten thousand messages page by page in linear time", () => {
    const messages = Array.from({ length: 10_000 }, (_, i) => message({ id: `m${i}` }, BASE_MS + 1_000 * i));
    let lines: readonly TimelineMessage[] = [];
    let visits = 0;
    for (let begin = 0; begin < messages.length; begin += 200) {
      const watched = lines.map(
        (line) =>
          new Proxy(line, {
            get(target, key, receiver) {
              visits++;
              return Reflect.get(target, key, receiver) as unknown;
            },
          }),
      );
      lines = mergeMessages(watched, messages.slice(begin, begin + 200), []);
    }
    expect(idsOf(lines).at(-1)).toBe("m9999");
    // Each of the 50 pages may visit each of the thousand kept messages a few times, but not each pair.
    expect(visits).toBeLessThan(50 * TIMELINE_MAX_MESSAGES * 20);
  });

  it("shows each message once and in order for any interleaving of pages, frames and responses", () => {
    /** A conversation on the platform: owner and visitor messages, some with equal times. */
    const conversation = fc.array(fc.record({ own: fc.boolean(), stepMs: fc.nat(2) }), {
      minLength: 1,
      maxLength: 25,
    });
    fc.assert(
      fc.property(conversation, fc.infiniteStream(fc.nat()), (turns, draws) => {
        const draw = (below: number) => (draws.next().value ?? 0) % below;
        let atMs = BASE_MS;
        const platform = turns.map(({ own, stepMs }, i) => {
          atMs += stepMs;
          const id = `m${i}`;
          return message(own ? { id, author: "visitor", clientMessageId: `c${i}` } : { id }, atMs);
        });
        let outbox = platform.flatMap(({ clientMessageId }) =>
          clientMessageId ? [entry({ id: clientMessageId, attempt: 0 })] : [],
        );
        const landed = new Set<string>();
        let lines: readonly TimelineMessage[] = [];
        let unseen = 0;

        const receive = (messages: readonly ChatMessage[]) => {
          lines = mergeMessages(lines, messages, toUnderWay(outbox));
        };
        const confirm = (id: string) => {
          const own = platform.find(({ clientMessageId }) => clientMessageId === id);
          if (!own) return;
          receive([own]);
          outbox = outbox.filter((sent) => sent.id !== id);
        };
        const isOnPlatform = ({ clientMessageId }: ChatMessage) =>
          !clientMessageId || landed.has(clientMessageId);
        const check = () => {
          const shown = toTimelineEntries(lines, outbox);
          const keys = shown.map(({ key }) => key);
          expect(new Set(keys).size).toBe(keys.length);
          expect(new Set(shown.map(({ content }) => content)).size).toBe(shown.length);
        };

        for (let step = 0; step < 3 * platform.length; step++) {
          const waiting = outbox.find(({ attempt }) => attempt === 0);
          switch (draw(5)) {
            case 0: // a send reaches the platform; its response is pending
              if (waiting) {
                outbox = outbox.map((sent) => (sent === waiting ? { ...sent, attempt: 1 } : sent));
                landed.add(waiting.id);
              }
              break;
            case 1: {
              // a response arrives
              const out = outbox.filter(({ attempt }) => attempt);
              const answered = out[draw(out.length || 1)];
              if (answered) confirm(answered.id);
              break;
            }
            case 2: {
              // a frame arrives, with or without its clientMessageId
              const next = platform[unseen];
              if (!next || !isOnPlatform(next)) break;
              unseen++;
              const { clientMessageId: _, ...bare } = next;
              receive([draw(2) ? next : bare]);
              break;
            }
            case 3: {
              // a page is replayed
              const known = platform.slice(0, unseen);
              receive(known.slice(draw(known.length || 1)));
              break;
            }
            default:
              receive([]);
          }
          check();
        }
        for (const { id } of outbox) {
          landed.add(id);
          confirm(id);
        }
        receive(platform);
        check();
        const expected = [...platform].sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt));
        const shown = toTimelineEntries(lines, outbox);
        expect(shown.map(({ createdAtMs }) => createdAtMs)).toEqual(
          expected.map(({ createdAt }) => Date.parse(createdAt)),
        );
        expect(new Set(shown.map(({ id }) => id))).toEqual(new Set(platform.map(({ id }) => id)));
      }),
      { numRuns: 1_500 },
    );
  });
});
