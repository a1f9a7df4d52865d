import type { ChatStorage } from "../chat-storage.ts";
import { toRecord } from "../parse-wire.ts";
import { type Page, randomId } from "../platform.ts";

/**
 * Chooses the one tab that holds the connection and sends. The leader holds a Web Lock; where there are none
 * (plain http), its name stands in storage. Followers ask the leader every second while they are visible: one
 * that does not answer for 3 s is frozen or gone, and its place is taken. Answers come from message events, which
 * hidden tabs handle without delay, unlike timers. Two leaders for a moment are harmless: all merges are by id.
 *
 * A tab that cannot speak to others, or shares no storage with them, leads itself.
 */
export interface Leadership {
  /** Tells all other tabs, if this one leads. */
  tell(news: object): void;
  /** Another tab may lead at once. Idempotent. */
  stop(): void;
}

export interface LeadershipPort {
  readonly page: Page;
  readonly storage: ChatStorage;
  readonly name: string;
  onChange(leading: boolean): void;
  /** What a tab that has just come needs to know. */
  toSnapshot(): object;
  /** The leader has told something. */
  onNews(news: Record<string, unknown>): void;
}

const ASK_EVERY_MS = 1_000;
const GIVE_UP_AFTER_MS = 3_000;

/** Without locks: after this long, of two tabs that wrote their name at once, both see whose has stayed. */
const NAME_SETTLES_MS = 60;

const LEADER = "#leader";

export function createLeadership({ page, storage, name, ...port }: LeadershipPort): Leadership {
  const { BroadcastChannel, navigator, document } = page.window;
  const { locks } = navigator;
  const tabId = randomId(page);
  const channel = BroadcastChannel && storage.shared ? new BroadcastChannel(name) : null;
  let leading = false;
  let stopped = false;
  let heardAtMs = Date.now();
  let stopTimer = () => {};
  let release = () => {};
  let queue = new AbortController();

  const say = (type: string, news?: object) => channel?.postMessage({ ...news, type });
  const isNamed = () => storage.get(LEADER)?.tabId === tabId;

  function turn(lead: boolean): void {
    if (stopped || leading === lead) return;
    leading = lead;
    port.onChange(lead);
    if (lead) {
      stopTimer();
      say("news", port.toSnapshot());
    } else {
      acquire();
      patrol();
    }
  }

  function acquire(steal = false): void {
    if (!channel) {
      turn(true);
    } else if (locks) {
      queue.abort();
      queue = new AbortController();
      locks
        .request(name, steal ? { steal } : { signal: queue.signal }, () => {
          turn(true);
          return new Promise<void>((resolve) => {
            release = resolve;
            if (stopped) resolve();
          });
        })
        // Another tab has stolen the lock, or the queue was left. Anything else: there are no locks on this page.
        .catch(({ name: reason }: DOMException) => turn(reason !== "AbortError"));
    } else if (steal || !storage.get(LEADER)) {
      storage.set(LEADER, { tabId });
      stopTimer();
      stopTimer = page.startTimer(() => {
        if (isNamed()) turn(true);
        patrol();
      }, NAME_SETTLES_MS);
    }
  }

  /** A hidden follower has no need of a live leader; a visible one makes sure of it. */
  function patrol(): void {
    if (leading || stopped) return;
    if (document.hidden) heardAtMs = Date.now();
    else say("ask");
    stopTimer();
    stopTimer = page.startTimer(patrol, ASK_EVERY_MS);
    if (Date.now() - heardAtMs <= GIVE_UP_AFTER_MS) return;
    heardAtMs = Date.now();
    acquire(true);
  }

  if (channel) {
    channel.onmessage = ({ data }) => {
      const { type, ...news } = toRecord(data);
      if (type === "join" || type === "ask") {
        if (leading) say(type === "join" ? "news" : "here", type === "join" ? port.toSnapshot() : {});
      } else if (type === "bye") {
        if (!leading) acquire();
      } else if (leading) {
        // Somebody else leads as well: without locks the name in storage decides.
        if (!locks && !isNamed()) turn(false);
      } else {
        heardAtMs = Date.now();
        if (type === "news") port.onNews(news);
      }
    };
    say("join");
    patrol();
  }
  acquire();

  return {
    tell(news) {
      if (leading) say("news", news);
    },
    stop() {
      if (stopped) return;
      stopped = true;
      stopTimer();
      queue.abort();
      release();
      if (leading) {
        leading = false;
        if (!locks && isNamed()) storage.set(LEADER, null);
        say("bye");
      }
      channel?.close();
    },
  };
}
