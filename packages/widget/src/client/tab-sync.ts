import type { Browser } from "./browser.ts";
import type { LoadClientFile } from "./client-files.ts";
import { readOutbox } from "./outbox.ts";
import { toRecord } from "./parse-wire.ts";
import type { ChatStorage } from "./storage.ts";
import { readSession } from "./stored-session.ts";
import { createLeadership, type Leadership } from "./tabs/leadership.ts";

/** Storage events come in bursts and may arrive before the leader's news: look once, after both. */
const STORAGE_SETTLES_MS = 50;

export interface TabSyncPort {
  onLead(isLeading: boolean): void;
  /** What a tab that joins needs to know. */
  toSnapshot(): object;
  onNews(news: Readonly<Record<string, unknown>>): void;
  /** The stored conversation is gone, or is another one. */
  onForgotten(): void;
  /** Storage has changed. */
  sync(): void;
}

/** Keeps this tab in step with storage and with the other tabs. Joins them as soon as there is something to share. */
export interface TabSync {
  /** This tab holds the connection and sends. */
  readonly isLeading: boolean;
  /** The session whose messages are shown. */
  readonly sessionPublicId: string | undefined;
  /**
   * Compares with storage, which may be cleared, or hold another conversation, before any event tells.
   *
   * @returns false if what is shown was forgotten for that.
   */
  verify(): boolean;
  /** What is stored was changed here, and what is shown is about to be forgotten. */
  look(): void;
  /** @param isSuspect The leader may have died unnoticed. */
  join(isSuspect: boolean | undefined): void;
  leave(): void;
  tell(news: object): void;
  /** The browser tells other tabs that storage has changed, but not another client in this window. */
  tellStored(): void;
  storageChanged(): void;
}

export function createTabSync(
  browser: Browser,
  storage: ChatStorage,
  name: string,
  load: LoadClientFile,
  port: TabSyncPort,
): TabSync {
  let leadership: Leadership | undefined;
  /** Something is stored. If it disappears, the page or another tab has removed it. */
  let isEngaged = false;

  function look(): void {
    const { visitorKey, sessionPublicId } = readSession(storage);
    isEngaged = !!visitorKey || readOutbox(storage).length > 0;
    tabs.sessionPublicId = sessionPublicId;
  }

  function verify(): boolean {
    const wasEngaged = isEngaged;
    const before = tabs.sessionPublicId;
    look();
    const isSame = before ? before === tabs.sessionPublicId : isEngaged || !wasEngaged;
    if (!isSame) port.onForgotten();
    return isSame;
  }

  function storageChanged(): void {
    verify();
    browser.setTimer(port.sync, STORAGE_SETTLES_MS);
  }

  function lead(isLeading: boolean): void {
    tabs.isLeading = isLeading;
    port.onLead(isLeading);
  }

  function withSession(news: object): object {
    return { ...news, sessionPublicId: tabs.sessionPublicId };
  }

  function rejoin(): void {
    leadership?.join();
  }

  /** News from the client of another tab; its messages are checked all the same. */
  function onNews(value: unknown): void {
    const news = toRecord(value);
    if (!verify()) return;
    // That tab has not noticed yet that its conversation is over, or this one that a session has begun.
    if (news.sessionPublicId && news.sessionPublicId !== tabs.sessionPublicId)
      browser.setTimer(rejoin, STORAGE_SETTLES_MS);
    else port.onNews(news);
  }

  function leave(): void {
    leadership?.stop();
    leadership = undefined;
    lead(false);
  }

  const tabs = {
    isLeading: false,
    sessionPublicId: undefined as string | undefined,
    verify,
    look,
    join(isSuspect: boolean | undefined) {
      if (!isEngaged) return;
      // A tab whose storage fails is on its own from then on.
      if (!storage.isShared() && !tabs.isLeading) leave();
      leadership ??= createLeadership(browser, storage, name, load, {
        onChange: lead,
        toSnapshot: () => withSession(port.toSnapshot()),
        onStored: storageChanged,
        onNews,
      });
      if (isSuspect) leadership.patrol();
    },
    leave,
    tell(news: object) {
      leadership?.tell(withSession(news));
    },
    tellStored() {
      leadership?.tellStored();
    },
    storageChanged,
  };
  return tabs;
}
