import {
  type ChatMessage,
  RESEND_SCHEDULE,
  ROUTES,
  retryDelayMs,
  type SubmitResponse,
  type VisitorField,
} from "@mailoo-chat/protocol";
import { type BffFailure, requestBff } from "./bff-request.ts";
import { type Browser, randomId } from "./browser.ts";
import type { ChatErrorCode, EndReason } from "./chat-client.ts";
import { toEnd } from "./connection/end-reason.ts";
import { findInOutbox, type OutboxEntry, readOutbox, writeOutbox } from "./outbox.ts";
import { isMessage, toRecord } from "./parse-wire.ts";
import type { ChatStorage } from "./storage.ts";
import { readSession, writeSession } from "./stored-session.ts";
import { withoutToken } from "./visitor.ts";

/** The BFF answers a submit within 20 s; what takes longer was lost on the way. */
const SUBMIT_TIMEOUT_MS = 25_000;

/** A send that takes longer is shown as waiting: the BFF may be finding out what became of an earlier try. */
const SLOW_AFTER_MS = 4_000;

/** Tries that failed before the visitor is asked. With the schedule's delays: about half a minute. */
const MAX_TRIES = 8;

/** The BFF remembers a `clientMessageId` for 7 days: no automatic attempt comes near that. */
const MAX_AGE_MS = 6 * 24 * 60 * 60 * 1000;

/** Browsers are sometimes wrong about being offline: a try is made all the same, and the next after this time. */
const OFFLINE_RETRY_MS = 30_000;

/** Without locks two tabs may make a visitor key at once: after this time both read the one that was written last. */
const KEY_SETTLES_MS = 60;

export interface SenderPort {
  /** Whether a try without an answer counts: false if it only says that there is no network. */
  isReachable(): boolean;
  readonly solveChallenge: ((challenge: unknown) => Promise<unknown>) | undefined;
  /** The visitor must be asked for something before it may be sent. */
  isHeld(entry: OutboxEntry): boolean;
  onConfirmed(message: ChatMessage): void;
  /** The conversation is not in storage any more. */
  onForgotten(): void;
  onEnded(reason: EndReason): void;
  onIdentityRefused(token: string): void;
  /** The outbox or the pause has changed. */
  update(): void;
}

/** To be used by the leading tab only. */
export interface Sender {
  /** How long a busy server asked us to pause; 0 for not at all. */
  toPauseMs(): number;
  /** Tries in a row that did not get through, while a text waits to be sent. */
  toLost(): number;
  /** Sends what can be sent now. Cuts a pause between tries short, unless the server asked for it. */
  pump(): void;
  /** Gives up the claim, so that another tab may continue at once; a pending answer is ignored. */
  rest(): void;
}

/**
 * Posts the outbox one by one, in the order written. A text that has failed for good does not hold up those
 * behind it; one that is being retried does.
 */
export function createSender(
  browser: Browser,
  storage: ChatStorage,
  baseUrl: string,
  port: SenderPort,
): Sender {
  const { window, setTimer } = browser;
  let sending: OutboxEntry | null = null;
  /** Tries without success since the last that had some. */
  let misses = 0;
  let lost = 0;
  /** Failed tries of one text, as long as this tab sends it and the visitor does not ask for it again. */
  let triedId = "";
  let tries = 0;
  let rateLimitedMs = 0;
  let challengeSolution: unknown;

  function put(entry: OutboxEntry): void {
    writeOutbox(storage, entry);
    port.update();
  }

  function pump(): void {
    if (sending || rateLimitedMs) return;
    setTimer(resume);
    const entry = readOutbox(storage).find(({ failure }) => !failure);
    if (!entry || port.isHeld(entry)) return;
    const now = Date.now();
    const claimedMs = entry.claimedUntilMs - now;
    if (claimedMs > 0 && claimedMs <= SUBMIT_TIMEOUT_MS) setTimer(resume, claimedMs);
    else if (now - (entry.retriedAtMs ?? entry.writtenAtMs) > MAX_AGE_MS) fail(entry, "network");
    else void post(entry);
  }

  function showSlow(): void {
    const stored = sending && findInOutbox(storage, sending.id);
    if (stored) put({ ...stored, isSlow: true });
  }

  /** After a pause. */
  function resume(): void {
    rateLimitedMs = 0;
    port.update();
    pump();
  }

  async function post(waiting: OutboxEntry): Promise<void> {
    const entry: OutboxEntry = {
      ...waiting,
      attempt: waiting.attempt + 1,
      after: waiting.attempt ? waiting.after : (readSession(storage).newestOwnId ?? null),
      claimedUntilMs: Date.now() + SUBMIT_TIMEOUT_MS,
      isSlow: false,
    };
    sending = entry;
    put(entry);
    setTimer(showSlow, SLOW_AFTER_MS);
    if (!readSession(storage).visitorKey) {
      writeSession(storage, { visitorKey: randomId(browser), visitor: withoutToken(entry.visitor) });
      if (!window.navigator.locks) await new Promise<void>((resolve) => setTimer(resolve, KEY_SETTLES_MS));
      // Forgotten meanwhile, or another tab sends now.
      if (sending !== entry) return;
    }
    const { token, sessionPublicId, visitorKey } = readSession(storage);
    const { id: clientMessageId, content, attempt, after, visitor, context } = entry;
    const answer = await requestBff<SubmitResponse>(
      browser,
      baseUrl + ROUTES.submit,
      SUBMIT_TIMEOUT_MS,
      ({ message, session }) => isMessage(message) && toRecord(session).token,
      {
        method: "POST",
        // The text is sent even if the visitor leaves the page at once.
        keepalive: true,
        headers: { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) },
        body: JSON.stringify({
          content,
          clientMessageId,
          attempt,
          after,
          visitor,
          context,
          challengeSolution,
          visitorKey,
          sessionPublicId,
        }),
      },
    );
    // Another tab sends now.
    if (sending !== entry) return;
    if (readSession(storage).visitorKey !== visitorKey) {
      sending = null;
      port.onForgotten();
      return;
    }
    challengeSolution = undefined;
    if (answer.body) {
      const { message, session } = answer.body;
      sending = null;
      misses = lost = 0;
      writeSession(storage, session);
      port.onConfirmed({ ...message, clientMessageId });
      pump();
    } else {
      await settle(entry, answer, token);
    }
  }

  async function settle(entry: OutboxEntry, answer: BffFailure, token: string | undefined): Promise<void> {
    const { code, passing, challenge, afterMs, fields } = answer;
    const end = toEnd(code);
    // Another tab has a newer token.
    const renewed = end === "token-rejected" && readSession(storage).token !== token;
    const solving = challenge && port.solveChallenge?.(challenge).catch(() => null);
    challengeSolution = await solving;
    if (sending !== entry) return;
    sending = null;
    misses++;
    lost = passing && code !== "rate_limited" ? lost + 1 : 0;
    if (triedId !== entry.id) tries = 0;
    triedId = entry.id;
    if (code !== "network" || port.isReachable()) tries++;
    const stored = findInOutbox(storage, entry.id);
    // Discarded, or confirmed by its echo.
    if (!stored) return pump();
    // More may be known of the visitor meanwhile.
    const { visitor } = stored;
    // The BFF has asked for something first: this attempt did not reach the platform and need not be searched for.
    const isUnsent = fields.length > 0 || code === "identity_invalid" || !!challenge;
    const attempt = isUnsent ? entry.attempt - 1 : entry.attempt;
    const again: OutboxEntry = { ...entry, attempt, claimedUntilMs: 0, visitor };
    if (fields.length) {
      tries = 0;
      const isSame = (field: string) =>
        visitor[field as VisitorField] === entry.visitor[field as VisitorField];
      put({ ...again, lacks: fields.filter(isSame).join(" ") });
      pump();
    } else if (code === "identity_invalid" && visitor.token) {
      // The message is sent all the same, from a visitor whose identity is not verified.
      const isRefused = visitor.token === entry.visitor.token;
      if (isRefused) port.onIdentityRefused(visitor.token);
      put({ ...again, visitor: isRefused ? withoutToken(visitor) : visitor });
      pump();
    } else if (tries < MAX_TRIES && (renewed || passing || solving)) {
      const atLeastMs = window.navigator.onLine ? afterMs : OFFLINE_RETRY_MS;
      const inMs = passing ? retryDelayMs(RESEND_SCHEDULE, misses, Math.random(), atLeastMs) : 0;
      if (code === "rate_limited") rateLimitedMs = inMs;
      setTimer(resume, inMs);
      put(again);
    } else {
      if (end) port.onEnded(end);
      fail(again, code);
    }
  }

  function fail(entry: OutboxEntry, failure: ChatErrorCode): void {
    tries = 0;
    put({ ...entry, failure });
    pump();
  }

  return {
    toPauseMs: () => rateLimitedMs,
    toLost: () => (readOutbox(storage).some(({ failure }) => !failure) ? lost : 0),
    pump,
    rest() {
      setTimer(resume);
      rateLimitedMs = 0;
      if (sending && findInOutbox(storage, sending.id))
        writeOutbox(storage, { ...sending, claimedUntilMs: 0 });
      sending = null;
    },
  };
}
