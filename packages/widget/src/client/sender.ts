import { type ChatMessage, RESEND_SCHEDULE, ROUTES, retryDelayMs } from "@mailoo-chat/protocol";
import { type BffFailure, requestBff } from "./bff-request.ts";
import type { ChatErrorCode, EndReason } from "./chat-client.ts";
import type { ChatStorage } from "./chat-storage.ts";
import { type OutboxEntry, readOutbox, writeOutbox } from "./outbox.ts";
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
  /** Only the leading tab sends. */
  isLeading(): boolean;
  /** Whether a try that got no answer says something about the message, and not only about the network. */
  isReachable(): boolean;
  /** Already confirmed by an echo. */
  isConfirmed(id: string): boolean;
  solveChallenge: ((challenge: unknown) => Promise<unknown>) | undefined;
  onConfirmed(message: ChatMessage): void;
  onEnded(reason: EndReason): void;
  /** The outbox changed. @param rateLimitedMs How long a busy server asked us to wait; 0 for not at all. */
  onChange(rateLimitedMs: number): void;
}

export interface Sender {
  /** Something may be sent now. @param hurry Cuts a pause between tries short, unless the server asked for it. */
  pump(hurry?: boolean): void;
  /** Gives up the claim, so that another tab may go on at once; an answer that is still out is not heard. */
  rest(): void;
}

/**
 * Posts the outbox one by one, in the order written. A text that has failed for good does not hold up those
 * behind it; one that is being retried does.
 */
export function createSender({ page, storage, onChange, ...port }: SenderPort): Sender {
  const { navigator } = page.window;
  let sending: OutboxEntry | null = null;
  /** Tries in a row without success. */
  let misses = 0;
  let rateLimitedMs = 0;
  let stopTimer: (() => void) | null = null;
  let challengeSolution: unknown;

  function pump(hurry = false): void {
    if (hurry && !rateLimitedMs) stopWaiting();
    if (stopTimer || sending || !port.isLeading()) return;
    const entry = readOutbox(storage).find(({ id, failure }) => !failure && !port.isConfirmed(id));
    if (!entry) return;
    const now = Date.now();
    const claimedMs = entry.claimedUntilMs - now;
    if (claimedMs > 0 && claimedMs <= SUBMIT_TIMEOUT_MS) wait(claimedMs);
    else if (now - entry.writtenAtMs > MAX_AGE_MS) fail(entry, "network");
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
    writeOutbox(storage, entry);
    onChange(0);
    if (!readSession(storage).visitorKey) {
      writeSession(storage, { visitorKey: randomId(page) });
      if (!navigator.locks) await new Promise<void>((resolve) => page.startTimer(resolve, KEY_SETTLES_MS));
    }
    const { token, sessionPublicId, visitorKey } = readSession(storage);
    const { id: clientMessageId, content, attempt, after, visitor } = entry;
    const answer = await requestBff(page, port.baseUrl + ROUTES.submit, SUBMIT_TIMEOUT_MS, parseSubmit, {
      method: "POST",
      // The text goes out even if the visitor leaves the page at once.
      keepalive: true,
      headers: { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) },
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
    // Not this tab's turn any more, or forgotten: what the answer brings belongs to no conversation.
    if (sending !== entry || readSession(storage).visitorKey !== visitorKey) return;
    challengeSolution = undefined;
    if (answer.body) {
      const { message, session } = answer.body;
      sending = null;
      misses = 0;
      writeSession(storage, { token: session.token, sessionPublicId: session.sessionPublicId });
      port.onConfirmed({ ...message, clientMessageId });
    } else {
      await settle(entry, answer, token);
    }
    pump();
  }

  async function settle(entry: OutboxEntry, answer: BffFailure, token: string | undefined): Promise<void> {
    const { code, end, passing, challenge, retryAfterMs } = answer;
    const tries = entry.tries + (code !== "network" || port.isReachable() ? 1 : 0);
    const again: OutboxEntry = { ...entry, tries, claimedUntilMs: 0 };
    // Another tab has a newer token.
    const renewed = end === "token-rejected" && readSession(storage).token !== token;
    const solving = challenge && port.solveChallenge?.(challenge).catch(() => null);
    const solution = await solving;
    if (sending !== entry) return;
    sending = null;
    // Discarded, or confirmed by its echo.
    if (!isStored(entry)) return;
    if (tries < MAX_TRIES && (renewed || passing || solving)) {
      challengeSolution = solution;
      writeOutbox(storage, again);
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
    writeOutbox(storage, { ...entry, failure });
    onChange(0);
    pump();
  }

  function isStored({ id }: OutboxEntry): boolean {
    return readOutbox(storage).some((entry) => entry.id === id);
  }

  return {
    pump,
    rest() {
      stopWaiting();
      if (sending && isStored(sending)) writeOutbox(storage, { ...sending, claimedUntilMs: 0 });
      sending = null;
    },
  };
}
