import type { ChatStorage } from "../chat-storage.ts";
import type { Page } from "../platform.ts";
import type { Locks } from "./stored-lock.ts";

/**
 * Chooses the one tab that holds the connection and sends. The leader holds a Web Lock, or what
 * stands for it where there are none. Followers ask the leader every second while they are visible: one
 * that does not answer for 3 s is frozen or gone, and its place is taken. Answers come from message events, which
 * hidden tabs handle without delay, unlike timers. Two leaders for a moment are harmless: all merges are by id.
 *
 * On the channel a leader speaks in objects, its news, or null for "I am here"; the others in the words below.
 *
 * A tab that cannot speak to others, or shares no storage with them, leads itself.
 */
export interface Leadership {
  /** Tells all other tabs, if this one leads. */
  tell(news: object): void;
  /** Asks the leader for what it knows, again. */
  join(): void;
  /** Tells the other clients, those in this window included, that storage has changed. */
  tellStored(): void;
  /** Another tab may lead at once. To be called once, as the last thing. */
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
  onNews(news: unknown): void;
  /** Another client has changed what is stored. */
  onStored(): void;
}

/** A tab has just come; wants to know whether the leader lives; has changed what is stored. */
type Word = "join" | "ask" | "stored";

const ASK_EVERY_MS = 1_000;
const GIVE_UP_AFTER_MS = 3_000;

export function createLeadership({ page, storage, name, ...port }: LeadershipPort): Leadership {
  const { BroadcastChannel, navigator, document } = page.window;
  const { locks } = navigator;
  const channel = BroadcastChannel && storage.isShared() ? new BroadcastChannel(name) : null;
  const lifetime = new AbortController();
  let leading = false;
  let heardAtMs = Date.now();
  let release = () => {};

  const say = (word: Word | object | null) => channel?.postMessage(word);

  function turn(lead: boolean): void {
    if (lifetime.signal.aborted || leading === lead) return;
    leading = lead;
    port.onChange(lead);
    if (lead) {
      say(port.toSnapshot());
    } else {
      acquire();
      patrol();
    }
  }

  function acquire(steal?: true): void {
    if (!channel) {
      turn(true);
    } else {
      (locks ? request(locks, steal) : requestStored(steal))
        // Another tab has stolen the lock, or this one is gone. Anything else: there are no locks on this page.
        .catch(({ name: reason }: DOMException) => turn(reason !== "AbortError"));
    }
  }

  function request(from: Locks, steal?: true): Promise<void> {
    return from.request(name, steal ? { steal } : { signal: lifetime.signal }, () => {
      turn(true);
      return new Promise<void>((resolve) => {
        release = resolve;
        if (lifetime.signal.aborted) resolve();
      });
    });
  }

  /** On plain http only: in a file of its own. */
  async function requestStored(steal?: true): Promise<void> {
    const { createStoredLock } = await import("./stored-lock.ts");
    await request(createStoredLock(page, storage), steal);
  }

  /** A hidden follower has no need of a live leader; a visible one makes sure of it. */
  function patrol(): void {
    if (leading) return;
    if (document.hidden) heardAtMs = Date.now();
    else say("ask");
    page.setTimer(patrol, ASK_EVERY_MS);
    if (Date.now() - heardAtMs <= GIVE_UP_AFTER_MS) return;
    heardAtMs = Date.now();
    acquire(true);
  }

  if (channel) {
    channel.onmessage = ({ data }) => {
      if (typeof data === "object") {
        if (!leading) {
          heardAtMs = Date.now();
          if (data) port.onNews(data);
        }
      } else if (data === "stored") {
        port.onStored();
      } else if (leading) {
        say(data === "join" ? port.toSnapshot() : null);
      }
    };
    say("join");
    patrol();
  }
  acquire();

  return {
    tell(news) {
      if (leading) say(news);
    },
    join: () => say("join"),
    tellStored: () => say("stored"),
    stop() {
      lifetime.abort();
      release();
      page.setTimer(patrol);
      channel?.close();
    },
  };
}
