import type { ChatMessage } from "@mailoo-chat/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ListQuery, MailooClient } from "../platform/client.ts";
import { collectMessages } from "./history-pages.ts";
import { beginListing, outlineOf, stepListing, toConfirmedMs } from "./listing.ts";

const SESSION = { sessionPublicId: "s", origin: "https://site.example" };

describe("a complete listing", () => {
  it("finds every message once and in order, for every meaning of `since` and every page length", async () => {
    await fc.assert(
      fc.asyncProperty(platforms(), fc.option(fc.integer({ min: -2, max: 60 })), async (platform, fromMs) => {
        const listed = await collect(platform, fromMs);
        const expected = platform.history.filter((message) => fromMs === null || msOf(message) > fromMs);
        expect(listed.filter((message) => fromMs === null || msOf(message) > fromMs)).toEqual(expected);
      }),
      { numRuns: 3_000 },
    );
  });

  it("asks just once for an empty history, and twice for a short one", async () => {
    const empty = { history: [], pageLength: 50, inclusive: true };
    const short = { history: [message("a", 5), message("b", 9)], pageLength: 50, inclusive: false };
    expect(await questions(empty)).toEqual([null]);
    expect(await questions(short)).toEqual([null, 8]);
  });

  it("reads a platform whose pages hold one message", async () => {
    const history = [message("a", 1), message("b", 2), message("c", 3), message("d", 90)];
    for (const inclusive of [true, false]) {
      expect(await collect({ history, pageLength: 1, inclusive })).toEqual(history);
    }
  });

  it("ends on a platform that ignores `since`", async () => {
    const history = [message("a", 1), message("b", 5_000)];
    const client = clientOf(async () => history);
    expect(await collectMessages(client, { session: SESSION, fromMs: null, priority: "background" })).toEqual(
      history,
    );
  });

  it("reverses the answers of a platform that lists newest first, equal timestamps included", async () => {
    const history = [message("a", 1), message("b", 5), message("c", 5), message("d", 6)];
    const client = clientOf(async () => history.toReversed());
    expect(await collectMessages(client, { session: SESSION, fromMs: null, priority: "background" })).toEqual(
      history,
    );
  });

  it("gives up on an endless history", async () => {
    let count = 0;
    const client = clientOf(async () => {
      count += 1;
      return [message(`m${count}`, count * 10)];
    });
    const collecting = collectMessages(client, { session: SESSION, fromMs: null, priority: "background" });
    await expect(collecting).rejects.toMatchObject({ failure: { kind: "no-answer" } });
  });
});

describe("a step", () => {
  const outline = (...times: number[]) => outlineOf(times.map((ms) => message(`m${ms}`, ms)));

  it("reports a gap when an answer is proven to be cut within a millisecond", () => {
    let step = stepListing(beginListing({ sinceMs: null }), outline(7, 7));
    step = stepListing(step.listing, outline(7, 7));
    expect(step).toMatchObject({ listing: { sinceMs: 7 }, done: false, possibleGap: false });
    expect(stepListing(step.listing, outline(9))).toMatchObject({ possibleGap: true, done: false });
    expect(stepListing(step.listing, outline())).toMatchObject({ possibleGap: false, done: true });
  });

  it("ends with a short answer if pages are known to be longer", () => {
    const listing = beginListing({ sinceMs: 0, pageAtLeast: 2 });
    const step = stepListing(listing, outline(7));
    expect(step).toMatchObject({ listing: { sinceMs: 6 }, done: false });
    expect(stepListing(step.listing, outline(7)).done).toBe(true);
  });

  it("ends a delta sync with the first answer that brings nothing newer", () => {
    const delta = beginListing({ sinceMs: 6, reachedMs: 7, full: false });
    expect(stepListing(delta, outline(7)).done).toBe(true);
    expect(stepListing(delta, outline(7, 9))).toMatchObject({ done: false, listing: { sinceMs: 8 } });
  });

  it("confirms what the first answer reached, and of later ones less the time it took", () => {
    let listing = beginListing({ sinceMs: null });
    expect(toConfirmedMs(listing, 0)).toBeNull();
    listing = stepListing(listing, outline(1_000)).listing;
    expect(toConfirmedMs(listing, 500)).toBe(1_000);
    listing = stepListing(listing, outline(1_000, 9_000)).listing;
    expect(toConfirmedMs(listing, 500)).toBe(8_500);
    expect(toConfirmedMs(listing, 60_000)).toBe(1_000);
  });
});

interface Platform {
  readonly history: readonly ChatMessage[];
  readonly pageLength: number;
  readonly inclusive: boolean;
}

/** Pages are longer than the most messages of one millisecond: a platform without that cannot be read in full. */
function platforms(): fc.Arbitrary<Platform> {
  return fc
    .tuple(
      fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 40 }),
      fc.boolean(),
      fc.integer({ min: 0, max: 60 }),
    )
    .map(([times, inclusive, spare]) => {
      const history = times.toSorted((a, b) => a - b).map((ms, index) => message(`m${index}`, ms));
      const crowd = Math.max(0, ...times.map((ms) => times.filter((other) => other === ms).length));
      return { history, inclusive, pageLength: Math.max(crowd, 1) + spare };
    });
}

function collect(platform: Platform, fromMs: number | null = null): Promise<readonly ChatMessage[]> {
  return collectMessages(clientOf(lister(platform)), { session: SESSION, fromMs, priority: "background" });
}

async function questions(platform: Platform): Promise<(number | null)[]> {
  const asked: (number | null)[] = [];
  const client = clientOf(async (query) => {
    asked.push(query.sinceMs);
    return lister(platform)(query);
  });
  await collectMessages(client, { session: SESSION, fromMs: null, priority: "background" });
  return asked;
}

function lister({ history, pageLength, inclusive }: Platform) {
  return async ({ sinceMs }: ListQuery): Promise<readonly ChatMessage[]> =>
    history
      .filter((m) => sinceMs === null || (inclusive ? msOf(m) >= sinceMs : msOf(m) > sinceMs))
      .slice(0, pageLength);
}

function clientOf(list: MailooClient["list"]): MailooClient {
  const refuse = () => {
    throw new Error("a listing only lists");
  };
  return {
    list,
    send: refuse,
    status: refuse,
    sessionIssued: () => {},
    openVisitorSocket: refuse,
    createIntegration: refuse,
    health: { everReached: true, keyRefused: false, originRefused: false, circuit: "closed" },
    load: { sends: { waiting: 0, inFlight: 0 }, reads: { waiting: 0, inFlight: 0 } },
    close: async () => {},
  };
}

function message(id: string, ms: number): ChatMessage {
  return { id, author: "owner", content: id, createdAt: new Date(ms).toISOString() };
}

function msOf(listed: ChatMessage): number {
  return Date.parse(listed.createdAt);
}
