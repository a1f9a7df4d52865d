import type { ChatConfig, SessionResponse } from "@mailoo-chat/protocol";
import type { BffAnswer } from "./bff-request.ts";
import type { Browser } from "./browser.ts";
import type { OutboxEntry } from "./outbox.ts";
import type { ChatStorage } from "./storage.ts";
import type { StoredSession } from "./stored-session.ts";
import type { Visitor } from "./visitor.ts";

// A file of its own, fetched if the BFF keeps the conversations of signed-in visitors. It imports types only, so that the core
// stays one file.

/** Sees to it that the stored conversation is that of the visitor who is signed in. */
export interface Recall {
  /** Whose conversation it is must be asked first: nothing of what is stored is read, and no new text is sent. */
  isDue(): boolean;
  ask(): void;
  /** If there is no conversation, one may have begun elsewhere meanwhile. */
  renew(): void;
  /** A text of this visitor is about to be stored. */
  mark(): void;
  /** @param leaves The session token of a conversation that the visitor has ended, for all their devices. */
  forget(leaves?: string): void;
}

export interface RecallPort {
  readonly browser: Browser;
  readonly storage: ChatStorage;
  readonly visitor: Visitor;
  /** `POST session` */
  request(init: RequestInit): Promise<BffAnswer<SessionResponse>>;
  /** The stored conversation is another one now. */
  onChanged(): void;
  /** It is not due any more. */
  onDone(): void;
}

/** @param mode `always`: the BFF's application may know the visitor without an identity token. */
export function createRecall(
  { browser, storage, visitor, ...port }: RecallPort,
  mode: ChatConfig["visitorSessions"],
): Recall {
  /** The identity token that the BFF was asked with; empty for none. */
  let asked: string | undefined;
  /** The BFF's name for the visitor. */
  let owner: string | null | undefined;
  let leaving: string | undefined;
  /** The request under way. */
  let asking: object | undefined;
  let misses = 0;
  /** Until the next try after a failure. */
  let isPausing = false;

  const makeKey = () => browser.window.crypto.getRandomValues(new Uint32Array(5)).join("");

  const readSession = (): StoredSession => storage.get("");

  /** The identity token to ask with. Undefined: the BFF need not be asked. */
  function toToken(): string | undefined {
    const { token = "" } = visitor.toClaims();
    return (token || mode === "always") && token !== asked ? token : undefined;
  }

  async function ask(): Promise<void> {
    const token = toToken();
    if (token === undefined || asking || isPausing || hasTried(storage)) return;
    const own = {};
    asking = own;
    const leaves = leaving;
    const before = readSession();
    const bearer = leaves ?? before.token;
    const answer = await port.request({
      method: "POST",
      headers: { "Content-Type": "application/json", ...(bearer && { Authorization: `Bearer ${bearer}` }) },
      body: JSON.stringify({ visitor: { token }, leave: !!leaves }),
    });
    // The visitor was forgotten meanwhile.
    const isForgotten = asking !== own;
    if (!isForgotten) asking = undefined;
    // Or another one has signed in, or another tab was faster.
    const isSame = toToken() === token && readSession().sessionPublicId === before.sessionPublicId;
    if (isForgotten || !isSame || hasTried(storage)) return ask();

    const { body } = answer;
    if (!body && answer.passing) {
      misses += 1;
      const longestMs = Math.min(1_000 * 2 ** misses, LONGEST_PAUSE_MS);
      isPausing = true;
      browser.setTimer(resume, Math.max(answer.afterMs, longestMs * (0.5 + Math.random() / 2)));
    } else {
      misses = 0;
      leaving = undefined;
      if (!body && answer.code === "identity_invalid") visitor.refuse(token);
      // Refused for any other reason: the conversation goes on as it is.
      else asked = token;
    }
    if (body) {
      owner = body.visitor;
      const sinceMs = token ? visitor.identifiedAtMs : Number.POSITIVE_INFINITY;
      if (takeUp(storage, body, sinceMs, makeKey)) port.onChanged();
    }
    port.onDone();
  }

  function resume(): void {
    isPausing = false;
    void ask();
  }

  return {
    // While the BFF cannot say, only what belongs to a signed-in visitor waits for it.
    isDue: () => toToken() !== undefined && (misses === 0 || !!readSession().owner),
    ask,
    renew() {
      // Timers do not survive a freeze.
      isPausing = false;
      if (!readSession().token) asked = undefined;
    },
    mark() {
      if (owner) storage.set("", { ...readSession(), owner });
    },
    forget(leaves) {
      asked = owner = asking = undefined;
      isPausing = false;
      leaving = leaves;
    },
  };
}

const LONGEST_PAUSE_MS = 30_000;

/**
 * Stores what the BFF has answered.
 *
 * - If another person than before is signed in, or nobody any more, all that is stored is removed, with unsent texts that are
 *   not theirs.
 * - If the visitor has another conversation than this browser, or none, unsent texts go there.
 *
 * @param sinceMs Texts from then on are the visitor's.
 * @returns whether the stored conversation is another one now.
 */
function takeUp(
  storage: ChatStorage,
  { session, visitor }: SessionResponse,
  sinceMs: number,
  makeKey: () => string,
): boolean {
  const before: StoredSession = storage.get("");
  const isOther = !!before.owner && before.owner !== visitor;
  if (!visitor && !isOther) return false;
  const isOver = !!before.sessionPublicId && before.sessionPublicId !== session?.sessionPublicId;
  const own = isOther ? readUnsent(storage).filter(({ writtenAtMs }) => writtenAtMs >= sinceMs) : [];
  if (isOther) storage.clear();
  else if (isOver) restartUnsent(storage);
  for (const entry of own) storage.set(UNSENT + entry.id, entry);

  const isReplaced = isOther || isOver;
  if (isOver && !isOther) storage.set(SAME_VISITOR, {});
  if (isReplaced) storage.set("", null);
  const { visitor: claims } = isOther ? {} : before;
  // With a new key, an answer that is still on its way is not taken for one of this conversation.
  const kept: StoredSession = isReplaced ? { ...(claims && { visitor: claims }) } : before;
  if (visitor && (session || kept.visitorKey || readUnsent(storage)[0])) {
    storage.set("", { ...(session && { visitorKey: makeKey() }), ...kept, ...session, owner: visitor });
  }
  return isReplaced;
}

/** As in `create-client.ts`. */
const SAME_VISITOR = "#same";

/** The prefix of the outbox. */
const UNSENT = "#out:";

function readUnsent(storage: ChatStorage): readonly OutboxEntry[] {
  return storage.keys(UNSENT).map((suffix) => storage.get(suffix) as unknown as OutboxEntry);
}

const isTried = ({ attempt, failure }: OutboxEntry) => attempt > 0 && !failure;

/**
 * A text that may have arrived is followed up first, in the conversation in which it was tried. Not if that belongs to a
 * signed-in visitor: it may be somebody else's.
 */
function hasTried(storage: ChatStorage): boolean {
  return !storage.get("").owner && readUnsent(storage).some(isTried);
}

/** They go to another conversation now. One that may have arrived in the one before is left to the visitor. */
function restartUnsent(storage: ChatStorage): void {
  for (const entry of readUnsent(storage)) {
    const failure = isTried(entry) ? "closed" : entry.failure;
    storage.set(UNSENT + entry.id, { ...entry, failure, attempt: 0, after: null, claimedUntilMs: 0 });
  }
}
