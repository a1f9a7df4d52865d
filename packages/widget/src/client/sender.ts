import {
  type ChatMessage,
  RESEND_SCHEDULE,
  ROUTES,
  retryDelayMs,
  type SessionGrant,
} from "@mailoo-chat/protocol";
import { type BffAnswer, requestBff } from "./bff-request.ts";
import type { ChatErrorCode, EndReason } from "./chat-client.ts";
import type { Outbox, OutboxEntry } from "./outbox.ts";
import { parseMessage, parseSession, toRecord } from "./parse-wire.ts";
import type { Platform } from "./platform.ts";
import type { SessionVault } from "./session-vault.ts";

/** The BFF answers a submit within 20 s; what takes longer was lost on the way. */
const SUBMIT_TIMEOUT_MS = 25_000;

/** Tries that failed before the visitor is asked. With the schedule's delays: about half a minute. */
const MAX_TRIES = 8;

/** The BFF remembers a `clientMessageId` for 7 days: no automatic attempt comes near that. */
const MAX_AGE_MS = 6 * 24 * 60 * 60 * 1000;

/** How long a tab without network waits before it looks again, should no event tell. */
const OFFLINE_LOOK_MS = 30_000;

export interface SenderPort {
  readonly platform: Platform;
  readonly baseUrl: string;
  readonly tabId: string;
  readonly outbox: Outbox;
  readonly vault: SessionVault;
  /** Whether a try that got no answer says something about the message, or only about the network. */
  isReachable(): boolean;
  /** Already confirmed by an echo. */
  isConfirmed(id: string): boolean;
  solveChallenge?: ((challenge: unknown) => Promise<unknown>) | undefined;
  onConfirmed(message: ChatMessage): void;
  onFailed(id: string, code: ChatErrorCode): void;
  onEnded(reason: EndReason): void;
  /** The outbox changed; how long a busy server asked us to wait, in milliseconds, 0 for not at all. */
  onChange(rateLimitedMs: number): void;
}

export interface Sender {
  /** Something may be sent now. @param hurry Cuts a pause between tries short, unless the server asked for it. */
  pump(hurry?: boolean): void;
  /** For good: gives up the claim, so that another tab may go on at once. What a late answer says is dropped. */
  stop(): void;
}

/**
 * Posts the outbox, in the leading tab, one by one, in the order written. A text that has failed for good does not hold up those
 * behind it; one that is being retried does.
 */
export function createSender(port: SenderPort): Sender {
  const { platform, outbox, vault, tabId } = port;
  let sending: string | null = null;
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
    const now = platform.now();
    const claimedMs = entry.busyTab === tabId ? 0 : entry.busyUntilMs - now;
    if (claimedMs > 0 && claimedMs <= SUBMIT_TIMEOUT_MS) wait(claimedMs);
    else if (now - entry.writtenAtMs > MAX_AGE_MS) fail(entry, "network");
    else if (!platform.isOnline()) wait(OFFLINE_LOOK_MS);
    else void post(entry);
  }

  function wait(inMs: number): void {
    stopTimer = platform.setTimer(() => {
      stopWaiting();
      port.onChange(0);
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
      after: waiting.attempt ? waiting.after : vault.newestOwnId,
      busyUntilMs: platform.now() + SUBMIT_TIMEOUT_MS,
      busyTab: tabId,
    };
    sending = entry.id;
    outbox.put(entry);
    port.onChange(0);
    await vault.ensureVisitorKey();
    const { token, sessionPublicId, visitorKey } = vault;
    const answer = await requestBff(
      platform,
      port.baseUrl + ROUTES.submit,
      {
        timeoutMs: SUBMIT_TIMEOUT_MS,
        headers: token ? { Authorization: `Bearer ${token}` } : {},
        body: JSON.stringify({
          content: entry.content,
          clientMessageId: entry.id,
          attempt: entry.attempt,
          after: entry.after,
          visitor: entry.visitor,
          challengeSolution,
          ...(token ? { sessionPublicId } : { visitorKey }),
        }),
      },
      parseSubmit,
    );
    // Another conversation by now: what this one's answer brings is not for it.
    if (stopped || vault.visitorKey !== visitorKey) return;
    sending = null;
    challengeSolution = undefined;
    if (answer.ok) {
      misses = 0;
      vault.grant(answer.body.session);
      port.onConfirmed({ ...answer.body.message, clientMessageId: entry.id });
    } else {
      await settle({ ...entry, busyUntilMs: 0, busyTab: null }, answer, token);
    }
    pump();
  }

  async function settle(
    entry: OutboxEntry,
    { code, rejected, end, passing, retryAfterMs, challenge }: Extract<BffAnswer<unknown>, { ok: false }>,
    token: string | null,
  ): Promise<void> {
    outbox.refresh();
    // Discarded, or confirmed by its echo.
    if (!outbox.entries.some(({ id }) => id === entry.id)) return;

    if (rejected && vault.token !== token) {
      outbox.put(entry);
      return;
    }
    if (rejected || end) port.onEnded(rejected ? "token-rejected" : (end as EndReason));
    const tries = entry.tries + (code === "network" && !port.isReachable() ? 0 : 1);
    if (tries < MAX_TRIES) {
      if (challenge && port.solveChallenge) {
        sending = entry.id;
        challengeSolution = await port.solveChallenge(challenge).catch(() => null);
        if (stopped) return;
        sending = null;
        outbox.put({ ...entry, tries });
        return;
      }
      if (passing) {
        const inMs = retryDelayMs(RESEND_SCHEDULE, ++misses, platform.random(), retryAfterMs);
        outbox.put({ ...entry, tries });
        wait(inMs);
        if (code === "rate_limited") rateLimitedMs = inMs;
        port.onChange(rateLimitedMs);
        return;
      }
    }
    fail(entry, code);
  }

  function fail(entry: OutboxEntry, failure: ChatErrorCode): void {
    outbox.put({ ...entry, failure });
    port.onFailed(entry.id, failure);
    pump();
  }

  return {
    pump,
    stop() {
      stopped = true;
      stopWaiting();
      const entry = outbox.entries.find(({ id }) => id === sending);
      if (entry) outbox.put({ ...entry, busyUntilMs: 0, busyTab: null });
    },
  };
}

/** The answer of `POST submit`, as far as it is needed. */
interface Accepted {
  readonly message: ChatMessage;
  readonly session: Omit<SessionGrant, "expiresAt">;
}

function parseSubmit(body: unknown): Accepted | null {
  const raw = toRecord(body);
  const message = parseMessage(raw.message);
  const session = parseSession(raw.session);
  return message && session && { message, session };
}
