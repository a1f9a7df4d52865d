import { describe, expect, it } from "vitest";
import { type Action, type ConsoleState, INITIAL_STATE, reduce } from "./console-state.ts";
import type { Message, Session } from "./wire.ts";

const session = (id: string, lastMessageAtMs: number, unreadCount = 0): Session => ({
  id,
  visitorName: null,
  visitorEmail: null,
  createdAtMs: 0,
  lastMessageAtMs,
  messageCount: 1,
  unreadCount,
  lastMessage: null,
});

const message = (id: string, createdAtMs: number, author: Message["author"] = "visitor"): Message => ({
  id,
  sessionPublicId: "s1",
  author,
  content: id,
  createdAtMs,
});

const after = (...actions: readonly Action[]): ConsoleState => actions.reduce(reduce, INITIAL_STATE);
const shown = ({ conversation }: ConsoleState) => conversation?.messages.map(({ id }) => id);
const listed = ({ sessions }: ConsoleState) => sessions.items.map(({ id }) => id);

const opened: Action = { type: "session-opened", session: session("s1", 1) };
const loaded = (page: "newest" | "older", hasOlder: boolean, ...messages: readonly Message[]): Action => ({
  type: "history-loaded",
  sessionId: "s1",
  messages,
  hasOlder,
  page,
});

describe("the session list", () => {
  const sessions = (...items: readonly Session[]): Action => ({
    type: "sessions-loaded",
    sessions: items,
    hasMore: true,
    how: "replace",
  });

  it("moves a session to the top when something happens in it, and adds new ones", () => {
    const state = after(sessions(session("a", 2), session("b", 1)), {
      type: "session-changed",
      session: session("b", 3, 1),
    });
    expect(listed(state)).toEqual(["b", "a"]);
    expect(listed(reduce(state, { type: "session-changed", session: session("c", 4) }))).toEqual([
      "c",
      "b",
      "a",
    ]);
  });

  it("keeps a search's results to what the platform found", () => {
    const state = after({ type: "searched", search: "shoes" }, sessions(session("a", 2)), {
      type: "session-changed",
      session: session("other", 3),
    });
    expect(listed(state)).toEqual(["a"]);
  });

  it("appends a page without repeating what it has", () => {
    const state = after(sessions(session("a", 3), session("b", 2)), {
      type: "sessions-loaded",
      sessions: [session("b", 2), session("c", 1)],
      hasMore: false,
      how: "append",
    });
    expect(listed(state)).toEqual(["a", "b", "c"]);
    expect(state.sessions.hasMore).toBe(false);
  });
});

describe("the conversation", () => {
  it("puts pages, catch-ups and live messages in one order, each message once", () => {
    const state = after(
      opened,
      loaded("newest", true, message("3", 30), message("4", 40)),
      { type: "message-arrived", message: message("5", 50) },
      loaded("older", false, message("1", 30), message("2", 30)),
      { type: "message-arrived", message: message("late", 35) },
      loaded("newest", true, message("4", 40), message("5", 50), message("6", 60)),
    );
    expect(shown(state)).toEqual(["1", "2", "3", "late", "4", "5", "6"]);
    expect(state.conversation?.hasOlder).toBe(false);
  });

  it("knows its session better than a search that does not list it", () => {
    const state = after(
      opened,
      { type: "searched", search: "shoes" },
      {
        type: "session-changed",
        session: session("s1", 9, 4),
      },
    );
    expect(listed(state)).toEqual([]);
    expect(state.conversation?.session.unreadCount).toBe(4);
  });

  it("takes nothing of another session, nor of one that was left", () => {
    const state = after(
      opened,
      { type: "session-opened", session: session("s2", 1) },
      loaded("newest", false, message("1", 1)),
    );
    expect(shown(state)).toEqual([]);
    expect(shown(reduce(state, { type: "message-arrived", message: message("2", 2) }))).toEqual([]);
  });
});

describe("a reply", () => {
  const started = (key: string): Action => ({
    type: "reply-started",
    reply: { key, sessionId: "s1", content: key, startedAtMs: 100 },
  });
  const echo: Action = { type: "message-arrived", message: message("m1", 110, "owner") };
  const confirmed: Action = { type: "replied", key: "r1", message: message("m1", 110, "owner") };

  it("is on screen once, whether its echo comes before its answer or after", () => {
    const early = after(opened, started("r1"), echo);
    expect(shown(early)).toEqual([]);
    expect(early.replies).toMatchObject([{ key: "r1", state: "sending" }]);
    for (const state of [reduce(early, confirmed), after(opened, started("r1"), confirmed, echo)]) {
      expect(shown(state)).toEqual(["m1"]);
      expect(state.replies).toEqual([]);
    }
  });

  it("that fails stays with its text, and shows what another owner wrote meanwhile", () => {
    const state = after(opened, started("r1"), echo, { type: "reply-failed", key: "r1" });
    expect(state.replies).toMatchObject([{ key: "r1", state: "failed", content: "r1" }]);
    expect(shown(state)).toEqual(["m1"]);
    expect(reduce(state, started("r1")).replies).toMatchObject([{ state: "sending" }]);
    expect(reduce(state, { type: "reply-discarded", key: "r1" }).replies).toEqual([]);
  });

  it("holds echoes until the last reply on its way is answered", () => {
    const state = after(opened, started("r1"), started("r2"), echo, {
      type: "message-arrived",
      message: message("m2", 120, "owner"),
    });
    const first = reduce(state, confirmed);
    expect(shown(first)).toEqual(["m1"]);
    const second = reduce(first, { type: "replied", key: "r2", message: message("m2", 120, "owner") });
    expect(shown(second)).toEqual(["m1", "m2"]);
  });

  it("survives a look at another session or integration", () => {
    const state = after(
      opened,
      started("r1"),
      { type: "session-closed" },
      { type: "reply-failed", key: "r1" },
    );
    const moved = reduce(state, { type: "integration-chosen", integrationId: "other" });
    expect(moved.replies).toMatchObject([{ key: "r1", state: "failed" }]);
  });
});
