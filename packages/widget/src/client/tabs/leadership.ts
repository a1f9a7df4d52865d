import type { ChatStorage } from "../chat-storage.ts";
import { toRecord } from "../parse-wire.ts";
import type { Platform } from "../platform.ts";

/**
 * Chooses the one tab that holds the connection and sends. The leader holds a Web Lock; where there are none
 * (plain http), its name stands in storage. Followers ask the leader every second while they are visible: one
 * that does not answer for 3 s is frozen or gone, and its place is taken. Answers come from message events, which
 * hidden tabs handle without delay, unlike timers. Two leaders for a moment are harmless: all merges are by id.
 *
 * A tab that cannot speak to others, or shares no storage with them, leads itself.
 */
export interface Leadership {
  readonly leading: boolean;
  /** Tells all other tabs, if this one leads. */
  tell(news: object): void;
  /** Another tab may lead at once. Idempotent. */
  stop(): void;
}

export interface LeadershipPort {
  readonly platform: Platform;
  readonly storage: ChatStorage;
  readonly name: string;
  readonly tabId: string;
  onChange(leading: boolean): void;
  /** What a tab that has just come needs to know. */
  snapshot(): object;
  /** News of the leader. */
  onNews(news: Record<string, unknown>): void;
}

const ASK_EVERY_MS = 1_000;
const GIVE_UP_AFTER_MS = 3_000;

/** Without locks: after this long, of two tabs that wrote their name at once, both see whose has stayed. */
const NAME_SETTLES_MS = 60;

const LEADER = "#leader";

export function createLeadership(port: LeadershipPort): Leadership {
  const { platform, storage, name, tabId } = port;
  const { locks } = platform;
  const channel = storage.shared ? platform.openChannel(name) : null;
  let leading = false;
  let stopped = false;
  let heardAtMs = platform.now();
  let stopTimer = () => {};
  let release = () => {};
  let queue = new AbortController();

  const say = (type: string, news?: object) => channel?.postMessage({ ...news, type });

  function lead(): void {
    if (stopped || leading) return;
    leading = true;
    stopTimer();
    port.onChange(true);
    say("news", port.snapshot());
  }

  function follow(): void {
    if (stopped || !leading) return;
    leading = false;
    port.onChange(false);
    acquire();
    patrol();
  }

  function acquire(steal = false): void {
    if (!channel) {
      lead();
    } else if (locks) {
      queue.abort();
      queue = new AbortController();
      const hold = () =>
        new Promise<void>((resolve) => {
          release = resolve;
          lead();
        });
      // The promise rejects when another tab steals the lock, and when the queue is left.
      const held = locks.request(name, steal ? { steal } : { signal: queue.signal }, hold);
      held.catch(follow);
    } else if (steal || !storage.read(LEADER)) {
      storage.write(LEADER, { tabId });
      stopTimer();
      stopTimer = platform.setTimer(() => {
        if (isNamed()) lead();
        patrol();
      }, NAME_SETTLES_MS);
    }
  }

  function isNamed(): boolean {
    return storage.read(LEADER)?.tabId === tabId;
  }

  /** A hidden follower has no need of a live leader; a visible one makes sure of it. */
  function patrol(): void {
    stopTimer();
    if (leading || stopped) return;
    const now = platform.now();
    if (platform.isHidden()) heardAtMs = now;
    else say("ask");
    stopTimer = platform.setTimer(patrol, ASK_EVERY_MS);
    if (now - heardAtMs <= GIVE_UP_AFTER_MS) return;
    heardAtMs = now;
    acquire(true);
  }

  if (channel) {
    channel.onmessage = ({ data }) => {
      const { type, ...news } = toRecord(data);
      if (leading) {
        if (type === "join") say("news", port.snapshot());
        else if (type === "ask") say("here");
        // Somebody else leads as well: without locks the name in storage decides.
        else if (type !== "bye" && !locks && !isNamed()) follow();
        return;
      }
      if (type === "bye") acquire();
      else if (type !== "join" && type !== "ask") {
        heardAtMs = platform.now();
        if (type === "news") port.onNews(news);
      }
    };
    say("join");
    patrol();
  }
  acquire();

  return {
    get leading() {
      return leading;
    },
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
        if (!locks && isNamed()) storage.remove(LEADER);
        say("bye");
      }
      channel?.close();
    },
  };
}
