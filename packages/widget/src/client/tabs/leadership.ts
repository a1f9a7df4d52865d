import { type Browser, randomId } from "../browser.ts";
import type { LoadClientFile } from "../client-files.ts";
import type { ChatStorage } from "../storage.ts";
import type { Locks } from "./stored-lock.ts";

/**
 * Elects the one tab that holds the connection and sends. The leader holds a Web Lock, or a substitute in storage.
 * Visible followers ask the leader every second and take the lock from one that has not answered for 3 s: it is frozen or
 * gone. Answers come from message events, which hidden tabs handle without delay. Since browsers slow down the timers of
 * hidden tabs, a hidden leader yields. Two leaders for a moment are harmless: all merges are by id.
 *
 * On the channel a leader sends objects (its news) or null ("I am here"); followers send the words below.
 *
 * A tab without a channel or without shared storage leads itself.
 */
export interface Leadership {
  /** Tells all other tabs, if this one leads. */
  tell(news: object): void;
  /** Asks the leader for what it knows, again. */
  join(): void;
  /** This tab may just have become visible: does not wait for the next second to ask. */
  patrol(): void;
  /** Tells the other clients, those in this window included, that storage has changed. */
  tellStored(): void;
  /** Another tab may lead at once. To be called once, as the last thing. */
  stop(): void;
}

export interface LeadershipPort {
  onChange(leading: boolean): void;
  /** What a tab that has just come needs to know. */
  toSnapshot(): object;
  /** News from the leader. */
  onNews(news: unknown): void;
  /** Another client has changed what is stored. */
  onStored(): void;
}

/** A tab has just come; wants to know whether the leader lives; has changed what is stored. A hidden leader: "yield". */
type Word = "join" | "ask" | "stored" | "yield";

const ASK_EVERY_MS = 1_000;
const GIVE_UP_AFTER_MS = 3_000;

export function createLeadership(
  browser: Browser,
  storage: ChatStorage,
  name: string,
  load: LoadClientFile,
  port: LeadershipPort,
): Leadership {
  const { BroadcastChannel, navigator, document } = browser.window;
  const { locks } = navigator;
  const channel = BroadcastChannel && storage.isShared() ? new BroadcastChannel(name) : null;
  /** The lock that is waited for or held. */
  let claim = new AbortController();
  let isStopped = false;
  let leading = false;
  let heardAtMs = browser.now();
  let release = () => {};

  const say = (word: Word | object | null) => channel?.postMessage(word);

  function turn(lead: boolean): void {
    if (isStopped || leading === lead) return;
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
    // Stealing gives up the place in the queue.
    claim.abort();
    claim = new AbortController();
    const { signal } = claim;
    if (!channel) {
      turn(true);
    } else {
      request(signal, steal).catch(({ name: reason }: DOMException) => {
        // Another tab has stolen the lock. With any other error, locks do not work on this page.
        if (!signal.aborted) turn(reason !== "AbortError");
      });
    }
  }

  async function request(signal: AbortSignal, steal?: true): Promise<void> {
    const from = locks ?? (await loadLocks());
    await from.request(name, steal ? { steal } : { signal }, async () => {
      if (signal.aborted) return;
      turn(true);
      await new Promise<void>((resolve) => {
        release = resolve;
        if (signal.aborted) resolve();
      });
    });
  }

  async function loadLocks(): Promise<Locks> {
    const { createStoredLock } = await load("stored-lock");
    return createStoredLock(browser, storage, () => randomId(browser));
  }

  /** A hidden follower has no need of a live leader; a visible one makes sure of it. */
  function patrol(): void {
    if (leading || isStopped) return;
    if (document.hidden) heardAtMs = browser.now();
    else say("ask");
    browser.setTimer(patrol, ASK_EVERY_MS);
    if (browser.now() - heardAtMs <= GIVE_UP_AFTER_MS) return;
    heardAtMs = browser.now();
    acquire(true);
  }

  if (channel) {
    channel.onmessage = ({ data }) => {
      if (typeof data === "object") {
        if (!leading) {
          heardAtMs = browser.now();
          if (data) port.onNews(data);
        }
      } else if (data === "stored") {
        port.onStored();
      } else if (data === "yield") {
        if (!leading && !document.hidden) acquire(true);
      } else if (leading) {
        say(data === "join" ? port.toSnapshot() : document.hidden ? "yield" : null);
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
    patrol,
    tellStored: () => say("stored"),
    stop() {
      isStopped = true;
      claim.abort();
      release();
      browser.setTimer(patrol);
      channel?.close();
    },
  };
}
