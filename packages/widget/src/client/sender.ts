import { RESEND_SCHEDULE, ROUTES, retryDelayMs, type SubmitResponse } from "@mailoo-chat/protocol";
import { type BffFailure, requestBff } from "./bff-request.ts";
import type { ChatErrorCode, EndReason } from "./chat-client.ts";
import type { ChatStorage } from "./chat-storage.ts";
import type { Outbox, OutboxEntry } from "./outbox.ts";
import { parseSubmit } from "./parse-wire.ts";
import { type Page, randomId } from "./platform.ts";
import { readSession, writeSession } from "./stored-session.ts";

/** The BFF answers a submit within 20 s; what takes longer was lost on the way. */
const SUBMIT_TIMEOUT_MS = 25_000;

/** Tries that failed before the visitor is asked. With the schedule's delays: about half a minute. */
const MAX_TRIES = 8;

/** The BFF remembers a `clientMessageId` for 7 days: no automatic attempt comes near that. */
const MAX_AGE_MS = 6 * 24 * 60 * 60 * 1000;

/** How long a tab without network waits before it looks again, should no event tell. */
const OFFLINE_LOOK_MS = 30_000;

/** Without locks two tabs may make a visitor key at once: after this long both read the one that has stayed. */
const KEY_SETTLES_MS = 60;

export interface SenderPort {
  readonly page: Page;
  readonly baseUrl: string;
  readonly storage: ChatStorage;
  readonly outbox: Outbox;
  /** Whether a try that got no answer says something about the message, and not only about the network. */
  isReachable(): boolean;
  /** Already confirmed by an echo. */
  isConfirmed(id: string): boolean;
  solveChallenge: ((challenge: unknown) => Promise<unknown>) | undefined;
  onAccepted(answer: SubmitResponse): void;
  onEnded(reason: EndReason): void;
  /** The outbox changed. @param rateLimitedMs How long a busy server asked us to wait; 0 for not at all. */
  onChange(rateLimitedMs: number): void;
}

export interface Sender {
  /** Something may be sent now. @param hurry Cuts a pause between tries short, unless the server asked for it. */
  pump(hurry?: boolean): void;
  /** For good. Gives up the claim, so that another tab may go on at once; a late answer is not heard. */
  stop(): void;
}

/**
 * Posts the outbox one by one, in the order written; only the leading tab has a sender. A text that has failed
 * for good does not hold up those behind it; one that is being retried does.
 */
export function createSender(port: SenderPort): Sender {
  const { page, storage, outbox, onChange } = port;
  const { navigator } = page.window;
  let sending: OutboxEntry | null = null;
  /** Tries in a row without success. */
  let misses = 0;
  let rateLimitedMs = 0;
  let stopTimer: (() => void) | null = null;
  let stopped = false;
  let challengeSolution: unknown;

  function pump(hurry = false): void {
    if (hurry && !rateLimitedMs) stopWaiting();
    if (stopped || stopTimer || sending) return;
    outbox.refresh();
    const entry = outbox.entries.find(({ id, failure }) => !failure && !port.isConfirmed(id));
    if (!entry) return;
    const claimedMs = entry.claimedUntilMs - Date.now();
    if (claimedMs > 0 && claimedMs <= SUBMIT_TIMEOUT_MS) wait(claimedMs);
    else if (Date.now() - entry.writtenAtMs > MAX_AGE_MS) fail(entry, "network");
    else if (!navigator.onLine) wait(OFFLINE_LOOK_MS);
    else void post(entry);
  }

  function wait(inMs: number): void {
    stopTimer = page.startTimer(() => {
      stopWaiting();
      onChange(0);
      pump();
    }, inMs);
  }

  function stopWaiting(): void {
    stopTimer?.();
    stopTimer = null;
    rateLimitedMs = 0;
  }

  async function post(waiting: OutboxEntry): Promise<void> {
    const entry: OutboxEntry = {
      ...waiting,
      attempt: waiting.attempt + 1,
      after: waiting.attempt ? waiting.after : (readSession(storage).newestOwnId ?? null),
      claimedUntilMs: Date.now() + SUBMIT_TIMEOUT_MS,
    };
    sending = entry;
    outbox.put(entry);
    onChange(0);
    if (!readSession(storage).visitorKey) {
      writeSession(storage, { visitorKey: randomId(page) });
      if (!navigator.locks) {
        await new Promise<void>((resolve) => page.startTimer(resolve, KEY_SETTLES_MS));
      }
    }
    const { token, sessionPublicId, visitorKey } = readSession(storage);
    const { id: clientMessageId, content, attempt, after, visitor } = entry;
    const answer = await requestBff(page, port.baseUrl + ROUTES.submit, SUBMIT_TIMEOUT_MS, parseSubmit, {
      method: "POST",
      // The text goes out even if the visitor leaves the page at once.
      keepalive: true,
      headers: {
        "Content-Type": "application/json",
        ...(token && { Authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({
        content,
        clientMessageId,
        attempt,
        after,
        visitor,
        challengeSolution,
        ...(token ? { sessionPublicId } : { visitorKey }),
      }),
    });
    // Forgotten meanwhile: what the answer brings belongs to no conversation any more.
    if (stopped || readSession(storage).visitorKey !== visitorKey) return;
    sending = null;
    challengeSolution = undefined;
    if (answer.ok) {
      const { message, session } = answer.body;
      misses = 0;
      writeSession(storage, { token: session.token, sessionPublicId: session.sessionPublicId });
      port.onAccepted({ session, message: { ...message, clientMessageId } });
    } else {
      await settle({ ...entry, claimedUntilMs: 0 }, answer, token);
    }
    pump();
  }

  async function settle(entry: OutboxEntry, answer: BffFailure, token: string | undefined): Promise<void> {
    const { code, end, passing, challenge, retryAfterMs } = answer;
    outbox.refresh();
    // Discarded, or confirmed by its echo.
    if (!outbox.entries.some(({ id }) => id === entry.id)) return;
    const tries = entry.tries + (code !== "network" || port.isReachable() ? 1 : 0);
    const again = { ...entry, tries };
    // Another tab has a newer token.
    const renewed = end === "token-rejected" && readSession(storage).token !== token;
    if (tries < MAX_TRIES && (renewed || passing || (challenge && port.solveChallenge))) {
      if (challenge) {
        sending = entry;
        challengeSolution = await port.solveChallenge?.(challenge).catch(() => null);
        if (stopped) return;
        sending = null;
      }
      outbox.put(again);
      if (passing) {
        const inMs = retryDelayMs(RESEND_SCHEDULE, ++misses, Math.random(), retryAfterMs);
        wait(inMs);
        if (code === "rate_limited") rateLimitedMs = inMs;
      }
      onChange(rateLimitedMs);
    } else {
      if (end) port.onEnded(end);
      fail(again, code);
    }
  }

  function fail(entry: OutboxEntry, failure: ChatErrorCode): void {
    outbox.put({ ...entry, failure });
    onChange(0);
    pump();
  }

  return {
    pump,
    stop() {
      stopped = true;
      stopWaiting();
      if (sending && outbox.entries.some(({ id }) => id === sending?.id)) {
        outbox.put({ ...sending, claimedUntilMs: 0 });
      }
    },
  };
}
