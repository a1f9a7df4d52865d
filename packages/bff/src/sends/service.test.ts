import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createModelPlatform, type ModelPlatform, type PostFate } from "../../test/support/model-platform.ts";
import { silentTelemetry, type Telemetry } from "../lib/telemetry.ts";
import type { MailooClient } from "../platform/client.ts";
import type { MailooFailure } from "../platform/errors.ts";
import { createMemorySendStore } from "./memory-store.ts";
import type { Send } from "./scope.ts";
import { type AcceptedSend, createSendService } from "./service.ts";

const SESSION = "session-1";
const BROKEN: MailooFailure = { kind: "server-error", status: 500, fromPlatform: true };
const GATEWAY_TIMEOUT: MailooFailure = { kind: "server-error", status: 504 };
const NO_ANSWER: MailooFailure = { kind: "no-answer", timedOut: true };

const lost: PostFate = { kind: "fail", failure: NO_ANSWER, afterMs: 8_000, commitAfterMs: null };
const lostButCommitted: PostFate = { kind: "fail", failure: NO_ANSWER, afterMs: 8_000, commitAfterMs: 0 };
const failed: PostFate = { kind: "fail", failure: BROKEN, commitAfterMs: null };
const failedButCommitted: PostFate = { kind: "fail", failure: BROKEN, commitAfterMs: 0 };

function refusedWith(failure: MailooFailure): PostFate {
  return { kind: "fail", failure, commitAfterMs: null };
}

function send(overrides: Partial<Send> = {}): Send {
  return {
    scope: { kind: "session", sessionPublicId: SESSION },
    clientMessageId: "c1",
    attempt: 1,
    after: null,
    content: "hello",
    origin: "https://shop.example",
    sender: null,
    ...overrides,
  };
}

function firstSend(overrides: Partial<Send> = {}): Send {
  return send({ scope: { kind: "first", visitorKey: "k".repeat(22) }, ...overrides });
}

describe("createSendService", () => {
  let platform: ModelPlatform;

  beforeEach(() => {
    vi.useFakeTimers();
    platform = createModelPlatform();
    platform.say(SESSION, "how it began");
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function start(telemetry: Partial<Telemetry> = {}, onAccepted?: (accepted: AcceptedSend) => void) {
    const clock = { epochMs: () => Date.now(), steadyMs: () => Date.now() };
    const store = createMemorySendStore({ clock });
    return createSendService({
      client: platform.client,
      store,
      clock,
      telemetry: { ...silentTelemetry, ...telemetry },
      onAccepted,
    });
  }

  /** Lets virtual time run until the work is done. */
  async function ran<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const settled = work.finally(() => {
      done = true;
    });
    settled.catch(() => {});
    for (let ms = 0; !done && ms < 60_000; ms += 50) await vi.advanceTimersByTimeAsync(50);
    return settled;
  }

  describe("a send in a session", () => {
    it("is put on the platform once, and the same id again gets the same answer", async () => {
      const service = start();
      const first = await service.submit(send());
      expect(first).toMatchObject({
        sessionPublicId: SESSION,
        replayed: false,
        message: { id: "m2", clientMessageId: "c1", author: "visitor", content: "hello" },
      });
      const again = await service.submit(send({ attempt: 2 }));
      expect(again).toEqual({ ...first, replayed: true });
      expect(platform.posts).toHaveLength(1);
    });

    it("refuses another text under the same id, also while the first is under way", async () => {
      const service = start();
      platform.plan({ kind: "accept", afterMs: 100 });
      const first = service.submit(send());
      await expect(service.submit(send({ content: "other" }))).rejects.toMatchObject({
        code: "client_message_id_reused",
      });
      await ran(first);
      await expect(service.submit(send({ content: "other" }))).rejects.toMatchObject({
        code: "client_message_id_reused",
      });
      expect(platform.posts).toHaveLength(1);
    });

    it("goes without its context if the platform does not take it with that", async () => {
      const service = start();
      platform.plan(refusedWith({ kind: "refused", status: 422 }));
      const context = [{ label: "Plan", value: "pro" }];
      const { message } = await ran(service.submit(send({ context })));
      expect(message).toMatchObject({ id: "m2", content: "hello" });
      expect(platform.posts.map((post) => post.context)).toEqual([context, []]);
      // The text itself is refused.
      const failure = refusedWith({ kind: "refused", status: 422 });
      platform.plan(failure, failure);
      const next = send({ clientMessageId: "c2", context });
      await expect(ran(service.submit(next))).rejects.toMatchObject({ code: "upstream_rejected" });
      expect(platform.posts).toHaveLength(4);
    });

    it("[SEND-5] is joined by a retry that overlaps it", async () => {
      const service = start();
      platform.plan({ kind: "accept", afterMs: 5_000 });
      const first = service.submit(send());
      const retry = service.submit(send({ attempt: 2 }));
      const [a, b] = await ran(Promise.all([first, retry]));
      expect(a.replayed).toBe(false);
      expect(b).toEqual({ ...a, replayed: true });
      expect(platform.posts).toHaveLength(1);
    });

    it("is found in the history if the platform took it and then failed or did not answer", async () => {
      for (const fate of [failedButCommitted, lostButCommitted]) {
        const service = start();
        platform.plan(fate);
        const before = platform.posts.length;
        const outcome = await ran(
          service.submit(send({ clientMessageId: `c-${before}`, content: `t${before}` })),
        );
        expect(outcome.replayed).toBe(false);
        expect(platform.posts).toHaveLength(before + 1);
        expect(platform.contents(SESSION).filter((content) => content === `t${before}`)).toHaveLength(1);
      }
    });

    it("is sent again only when the platform can no longer commit the first", async () => {
      const service = start();
      platform.plan(lost);
      const startedAtMs = Date.now();
      await ran(service.submit(send()));
      expect(platform.posts).toHaveLength(2);
      const [, again] = platform.sessions.get(SESSION) ?? [];
      expect(Date.parse(again?.createdAt ?? "") - startedAtMs).toBeGreaterThanOrEqual(15_000);
    });

    it.each([
      ["502 at once, commit at 4 s", { kind: "server-error", status: 502 }, 0, 4_000],
      ["504 after 1 s, commit at 8 s", GATEWAY_TIMEOUT, 1_000, 8_000],
      ["a page after 3 s, commit at 14.9 s", { kind: "malformed", keysSeen: [] }, 3_000, 14_900],
    ] as const)(
      "is on the platform once if a gateway times out early: %s",
      async (_what, failure, afterMs, commitAfterMs) => {
        const service = start();
        platform.plan({ kind: "fail", failure, afterMs, commitAfterMs });
        const outcome = await ran(service.submit(send()));
        expect(outcome).toMatchObject({ replayed: false, message: { id: "m2" } });
        await vi.advanceTimersByTimeAsync(30_000);
        expect(platform.contents(SESSION)).toEqual(["how it began", "hello"]);
      },
    );

    it("is sent again 15 s after a gateway gave up, within one submit", async () => {
      const service = start();
      platform.plan({ kind: "fail", failure: GATEWAY_TIMEOUT, afterMs: 1_000, commitAfterMs: null });
      const startedAtMs = Date.now();
      const { message } = await ran(service.submit(send()));
      expect(Date.parse(message.createdAt) - startedAtMs).toBe(16_000);
    });

    it("costs a failing platform three POSTs and a few listings", async () => {
      await vi.advanceTimersByTimeAsync(1_000);
      const newest = platform.say(SESSION, "go on");
      platform.plan(failed, failed, failed);
      await expect(ran(start().submit(send({ after: newest.id })))).rejects.toMatchObject({
        code: "upstream_unavailable",
      });
      expect([platform.posts.length, platform.lists.length]).toEqual([3, 10]);
      expect(platform.lists.every(({ once }) => once)).toBe(true);
    });

    it("is a new message although an older, unrecorded one has the same text", async () => {
      platform.say(SESSION, "ok");
      const service = start();
      platform.plan(failed);
      const outcome = await ran(service.submit(send({ content: "ok" })));
      expect(outcome.replayed).toBe(false);
      expect(platform.contents(SESSION)).toEqual(["how it began", "ok", "ok"]);
    });

    it("lists the newest message once, and not if the records or the browser know it", async () => {
      const service = start();
      await ran(service.submit(send()));
      expect(platform.lists.length).toBeGreaterThan(0);
      const asked = platform.lists.length;
      await ran(service.submit(send({ clientMessageId: "c2" })));
      await ran(start().submit(send({ clientMessageId: "c3", after: "m3" })));
      expect(platform.lists).toHaveLength(asked);
    });

    it("is not sent while its predecessor is unknown", async () => {
      platform.planLists({ kind: "server-error", status: 503 });
      const service = start();
      await expect(ran(service.submit(send()))).rejects.toMatchObject({ code: "upstream_unavailable" });
      expect(platform.posts).toHaveLength(0);
      expect((await ran(service.submit(send({ attempt: 2 })))).replayed).toBe(false);
    });

    it.each([-300_000, 300_000])("is found if the platform's clock differs by %i ms", async (skewMs) => {
      platform = createModelPlatform(skewMs);
      const before = platform.say(SESSION, "how it began");
      for (const fate of [failedButCommitted, lostButCommitted]) {
        const posts = platform.posts.length;
        platform.plan(fate);
        const content = `t${posts}`;
        // With `after` recorded, not recorded, and sent by the browser.
        const service = start();
        await ran(service.submit(send({ clientMessageId: `a${posts}`, content })));
        platform.plan(fate);
        await ran(service.submit(send({ clientMessageId: `b${posts}`, content })));
        platform.plan(fate);
        const told = send({ clientMessageId: `c${posts}`, content: `told ${posts}`, after: before.id });
        await ran(start().submit(told));
        expect(platform.posts).toHaveLength(posts + 3);
      }
    });

    it("is sent again two seconds after the platform itself has answered that it failed", async () => {
      const service = start();
      platform.plan(failed);
      const startedAtMs = Date.now();
      const { message } = await ran(service.submit(send()));
      expect(Date.parse(message.createdAt) - startedAtMs).toBe(2_000);
      expect(platform.contents(SESSION)).toEqual(["how it began", "hello"]);
    });

    it("is sent again in time although timers fire a moment early", async () => {
      const clock = { epochMs: () => Date.now(), steadyMs: () => Date.now() * 0.999 };
      const store = createMemorySendStore({ clock });
      const client: MailooClient = {
        ...platform.client,
        async list(query) {
          await new Promise((resolve) => setTimeout(resolve, 50));
          return platform.client.list(query);
        },
      };
      const service = createSendService({ client, store, clock });
      platform.plan(failed);
      const startedAtMs = Date.now();
      const { message } = await ran(service.submit(send({ after: "m1" })));
      expect(Date.parse(message.createdAt) - startedAtMs).toBeLessThan(3_000);
    });

    it("waits for a commit that comes as late as a platform may", async () => {
      const service = start();
      platform.plan({ ...lost, commitAfterMs: 14_900 });
      await ran(service.submit(send()));
      await vi.advanceTimersByTimeAsync(30_000);
      expect(platform.contents(SESSION)).toEqual(["how it began", "hello"]);
    });

    it("is answered upstream_timeout after 20 s, and the next attempt continues from its record", async () => {
      const service = start();
      platform.plan(lost, lost);
      const startedAtMs = Date.now();
      await expect(ran(service.submit(send()))).rejects.toMatchObject({ code: "upstream_timeout" });
      expect(Date.now() - startedAtMs).toBeLessThanOrEqual(20_100);
      const outcome = await ran(service.submit(send({ attempt: 2 })));
      expect(outcome.message.clientMessageId).toBe("c1");
      await vi.advanceTimersByTimeAsync(30_000);
      expect(platform.contents(SESSION)).toEqual(["how it began", "hello"]);
    });

    it("is three messages if the visitor sends the same text three times, despite any faults", async () => {
      const service = start();
      platform.plan(failedButCommitted, failedButCommitted, failed, lostButCommitted);
      for (const clientMessageId of ["c1", "c2", "c3"]) {
        await ran(service.submit(send({ clientMessageId, content: "ok" })));
      }
      await vi.advanceTimersByTimeAsync(30_000);
      expect(platform.contents(SESSION)).toEqual(["how it began", "ok", "ok", "ok"]);
    });

    it("is found by a BFF without records, from the last message that the browser knows", async () => {
      const older = platform.say(SESSION, "ok");
      platform.say(SESSION, "ok");
      await vi.advanceTimersByTimeAsync(1_000);
      const service = start();
      const outcome = await ran(service.submit(send({ content: "ok", attempt: 2, after: older.id })));
      expect(outcome).toMatchObject({ replayed: true, message: { id: "m3" } });
      expect(platform.posts).toHaveLength(0);
    });

    it("is searched for only once if the records reach back far enough", async () => {
      const service = start();
      await vi.advanceTimersByTimeAsync(60_000);
      const startedAtMs = Date.now();
      await ran(service.submit(send({ attempt: 2 })));
      expect(Date.now() - startedAtMs).toBeLessThanOrEqual(50);
      expect(platform.contents(SESSION)).toEqual(["how it began", "hello"]);
    });

    it("recognises its text composed, escaped and trimmed by the platform", async () => {
      const service = start();
      platform.show((content) =>
        content.normalize("NFC").replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("'", "&#39;"),
      );
      platform.plan(failedButCommitted);
      const content = "cafe\u0301 <b>it's</b> &amp; more\nline two";
      const { message } = await ran(service.submit(send({ content })));
      expect(message.content).toBe(content);
      expect(platform.posts).toHaveLength(1);
    });

    it("gets its id from the history if the platform accepted it without an id", async () => {
      const service = start();
      platform.plan({ kind: "accept", named: false, dated: false });
      const { message } = await ran(service.submit(send()));
      expect(message.id).toBe("m2");
      expect(platform.posts).toHaveLength(1);
    });

    it("gets its id even if the platform has changed the text beyond recognition", async () => {
      const service = start();
      platform.show(() => "[removed]");
      platform.plan({ kind: "accept", named: false });
      const { message } = await ran(service.submit(send()));
      expect(message).toMatchObject({ id: "m2", content: "hello" });
      expect(platform.posts).toHaveLength(1);
    });

    it("is posted once more at once if it never reached the platform, and then refused", async () => {
      const service = start();
      const unreachable = refusedWith({ kind: "unreachable" });
      platform.plan(unreachable);
      expect((await ran(service.submit(send({ after: "m1" })))).replayed).toBe(false);
      platform.plan(unreachable, unreachable);
      await expect(ran(service.submit(send({ clientMessageId: "c2" })))).rejects.toMatchObject({
        code: "upstream_unavailable",
        retryAfterMs: 2_000,
      });
      await ran(service.submit(send({ clientMessageId: "c2", attempt: 2 })));
      expect(platform.contents(SESSION)).toEqual(["how it began", "hello", "hello"]);
      expect(platform.lists).toHaveLength(0);
    });

    it.each([
      [
        { kind: "circuit-open", retryAfterMs: 1_500 },
        { code: "upstream_unavailable", retryAfterMs: 1_500 },
      ],
      [
        { kind: "over-budget", retryAfterMs: 100 },
        { code: "upstream_unavailable", retryAfterMs: 100 },
      ],
      [
        { kind: "rate-limited", retryAfterMs: 7_000 },
        { code: "upstream_unavailable", retryAfterMs: 7_000 },
      ],
      [{ kind: "unauthorised", status: 401 }, { code: "upstream_rejected" }],
      [{ kind: "refused", status: 422 }, { code: "upstream_rejected" }],
    ] as const)("answers %o with %o, and may be sent again", async (failure, problem) => {
      const service = start();
      platform.plan(refusedWith(failure));
      await expect(ran(service.submit(send()))).rejects.toMatchObject(problem);
      expect((await ran(service.submit(send({ attempt: 2 })))).replayed).toBe(false);
      expect(platform.contents(SESSION)).toEqual(["how it began", "hello"]);
    });

    it("answers session_not_found if the platform does not know the session", async () => {
      const service = start();
      const scope = { kind: "session", sessionPublicId: "gone" } as const;
      await expect(ran(service.submit(send({ scope })))).rejects.toMatchObject({ code: "session_not_found" });
    });

    it("waits for the send before it", async () => {
      const service = start();
      platform.plan(failed);
      const order: string[] = [];
      const submits = ["c1", "c2", "c3"].map((clientMessageId) =>
        service
          .submit(send({ clientMessageId, content: clientMessageId }))
          .then(() => order.push(clientMessageId)),
      );
      await ran(Promise.all(submits));
      expect(order).toEqual(["c1", "c2", "c3"]);
      expect(platform.contents(SESSION)).toEqual(["how it began", "c1", "c2", "c3"]);
    });

    it("is a new message each time if it has no id", async () => {
      const service = start();
      const [a, b] = [
        await service.submit(send({ clientMessageId: null })),
        await service.submit(send({ clientMessageId: null })),
      ];
      expect(a.message.id).not.toBe(b.message.id);
      expect(a.message).not.toHaveProperty("clientMessageId");
    });
  });

  describe("a first message", () => {
    it("opens a session, and its replay names the same one", async () => {
      const service = start();
      const first = await service.submit(firstSend());
      const again = await service.submit(firstSend({ attempt: 2 }));
      expect(again).toEqual({ ...first, replayed: true });
      const inSession = { kind: "session", sessionPublicId: first.sessionPublicId } as const;
      const withToken = await service.submit(send({ scope: inSession, attempt: 2 }));
      expect(withToken).toEqual({ ...first, replayed: true });
      expect(platform.posts).toHaveLength(1);
    });

    it("shares its session with others of the same key that come at the same time", async () => {
      const service = start();
      platform.plan({ kind: "accept", afterMs: 300 });
      const submits = ["c1", "c2", "c3"].map((clientMessageId) =>
        service.submit(firstSend({ clientMessageId, content: clientMessageId })),
      );
      const outcomes = await ran(Promise.all(submits));
      expect(new Set(outcomes.map(({ sessionPublicId }) => sessionPublicId)).size).toBe(1);
      expect(platform.contents(outcomes[0]?.sessionPublicId ?? "")).toEqual(["c1", "c2", "c3"]);
    });

    it("is sent once more after the settle time if its answer was lost, and that is counted", async () => {
      const firstSendUnknown = vi.fn();
      const service = start({ firstSendUnknown });
      platform.plan(lostButCommitted);
      const startedAtMs = Date.now();
      const { message } = await ran(service.submit(firstSend()));
      expect(Date.parse(message.createdAt) - startedAtMs).toBeGreaterThanOrEqual(15_000);
      expect(firstSendUnknown).toHaveBeenCalledTimes(1);
      expect(platform.lists).toHaveLength(0);
    });

    it("joins the session that another opened while its own answer was lost", async () => {
      const firstSendUnknown = vi.fn();
      const service = start({ firstSendUnknown });
      platform.plan(lostButCommitted, lostButCommitted);
      await expect(ran(service.submit(firstSend()))).rejects.toMatchObject({ code: "upstream_timeout" });
      await vi.advanceTimersByTimeAsync(30_000);
      const other = await ran(service.submit(firstSend({ clientMessageId: "c2", content: "there?" })));
      const again = await ran(service.submit(firstSend({ attempt: 2 })));
      expect(again.sessionPublicId).toBe(other.sessionPublicId);
      expect(platform.contents(other.sessionPublicId)).toEqual(["there?", "hello"]);
    });

    it("opens another session if the one of its key is dead", async () => {
      const service = start();
      const first = await service.submit(firstSend());
      platform.close(first.sessionPublicId);
      const next = await ran(service.submit(firstSend({ clientMessageId: "c2", content: "back" })));
      expect(next.sessionPublicId).not.toBe(first.sessionPublicId);
      expect(platform.contents(next.sessionPublicId)).toEqual(["back"]);
    });

    it("is found by its session if the platform names only that", async () => {
      const service = start();
      platform.plan({ kind: "accept", named: false });
      const first = await ran(service.submit(firstSend()));
      expect(platform.contents(first.sessionPublicId)).toEqual(["hello"]);
      expect(first.message.id).toBe("m2");
    });
  });

  describe("drain", () => {
    it("refuses new sends and lets the open ones finish", async () => {
      const service = start();
      platform.plan({ kind: "accept", afterMs: 1_000 });
      const open = service.submit(send());
      const drained = service.drain(8_000);
      await expect(service.submit(send({ clientMessageId: "c2" }))).rejects.toMatchObject({
        code: "draining",
      });
      expect((await ran(open)).replayed).toBe(false);
      await ran(drained);
      expect(service.size).toBe(0);
    });

    it("answers what is still open after the grace time, and leaves its record behind", async () => {
      const clock = { epochMs: () => Date.now(), steadyMs: () => Date.now() };
      const store = createMemorySendStore({ clock });
      const { client } = platform;
      const service = createSendService({ client, store, clock });
      platform.plan({ ...lostButCommitted, afterMs: 30_000 });
      const open = service.submit(send());
      open.catch(() => {});
      const drained = service.drain(8_000);
      await ran(drained);
      await expect(open).rejects.toMatchObject({ code: "draining", retryAfterMs: 1_000 });

      const successor = createSendService({ client, store, clock });
      const outcome = await ran(successor.submit(send({ attempt: 2 })));
      expect(outcome.message.id).toBe("m2");
      expect(platform.posts).toHaveLength(1);
    });
  });

  it("reports each message once when it is on the platform, and which one has opened its session", async () => {
    const reported: string[] = [];
    const service = start({}, ({ message, opened }) => reported.push(`${message.content} ${opened}`));
    platform.plan({ kind: "accept", afterMs: 500 });
    const first = firstSend({ content: "first" });
    const second = firstSend({ content: "second", clientMessageId: "c2" });
    await ran(Promise.all([service.submit(first), service.submit(second), service.submit(first)]));
    await ran(service.submit({ ...first, attempt: 2 }));
    expect(reported).toEqual(["first true", "second false"]);

    // Found in the history, by an attempt that follows one which was answered a timeout.
    platform.plan(lost, lostButCommitted);
    const third = send({ content: "third", clientMessageId: "c3" });
    await expect(ran(service.submit(third))).rejects.toMatchObject({ code: "upstream_timeout" });
    expect(reported).toHaveLength(2);
    await ran(service.submit({ ...third, attempt: 2 }));
    await ran(service.submit({ ...third, attempt: 3 }));
    expect(reported).toEqual(["first true", "second false", "third false"]);
  });

  it("refuses more sends than its limits allow", async () => {
    const clock = { epochMs: () => Date.now(), steadyMs: () => Date.now() };
    const store = createMemorySendStore({ clock });
    const service = createSendService({
      client: platform.client,
      store,
      clock,
      maxOpen: 3,
      maxOpenPerScope: 2,
    });
    platform.plan(...Array.from({ length: 3 }, () => ({ kind: "accept", afterMs: 100 }) as const));
    const open = ["c1", "c2"].map((clientMessageId) => service.submit(send({ clientMessageId })));
    await expect(service.submit(send({ clientMessageId: "c3" }))).rejects.toMatchObject({
      code: "overloaded",
    });
    open.push(service.submit(firstSend()));
    await expect(service.submit(firstSend({ clientMessageId: "c4" }))).rejects.toMatchObject({
      code: "overloaded",
    });
    await ran(Promise.all(open));
  });
});
