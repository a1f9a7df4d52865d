import { createHmac, hash, randomUUID } from "node:crypto";
import { ProblemError } from "../lib/problem-error.ts";
import { withFallback } from "../redis/redis-link.ts";
import type { VerifiedToken } from "./session-tokens.ts";
import type { VerifiedVisitor, VisitorSubject } from "./visitor.ts";
import type { VisitorRecords } from "./visitor-records.ts";

export type VisitorSessions = ReturnType<typeof createVisitorSessions>;

type OwnedSession = Pick<VerifiedToken, "sessionPublicId" | "owner">;

export interface SignedInVisitor {
  readonly subject: VisitorSubject;
  readonly verified: VerifiedVisitor;
  /** Keyed hashes of the subject: one for each session secret, the newest first. */
  readonly ids: readonly [string, ...string[]];
  /** Tells the browser when another visitor has signed in. Does not change with the secrets. */
  readonly publicId: string;
}

/** Stores the sessions of visitors: in our records, or in the host application. */
export interface SessionBindings {
  recall(visitor: SignedInVisitor): Promise<string | null>;
  /** Stores the session unless the visitor has one. Resolves to the stored one. */
  remember(visitor: SignedInVisitor, sessionPublicId: string): Promise<string>;
  /** Does nothing if the visitor has another session by now. */
  forget(visitor: SignedInVisitor, sessionPublicId: string): Promise<void>;
}

export interface VisitorSessionsOptions {
  /** The secrets of the session tokens: the first is used, the others are still recognised. */
  readonly secrets: readonly [string, ...string[]];
  /** A name for the integration that does not reveal its ids. */
  readonly audience: string;
  readonly records: VisitorRecords;
  /** @default kept in `records` */
  readonly bindings?: SessionBindings | undefined;
}

/**
 * Which session belongs to which signed-in visitor, so that their conversation continues in every browser.
 *
 * - A session has at most one owner: the first signed-in visitor who continues it. The owner is recorded first, and named in
 *   the session's tokens. No other visitor gets the session.
 * - A visitor has at most one session: the first one. Two devices that send at the same time get the same one.
 * - Visitors are identified only by their verified subject.
 */
export function createVisitorSessions(options: VisitorSessionsOptions) {
  const { secrets, audience, records, bindings = createOwnBindings(records) } = options;

  const ownerRecord = (sessionPublicId: string) => ["owner", audience, sessionPublicId];
  const endRecord = (sessionPublicId: string) => ["end", audience, sessionPublicId];
  const firstKeyRecord = (id: string) => ["first", id];

  const isOver = async (sessionPublicId: string) => (await records.get(endRecord(sessionPublicId))) !== null;
  const isOwn = ({ ids }: SignedInVisitor, owner: string) => ids.includes(owner);

  /** The visitor's session, unless it has ended. */
  async function recall(visitor: SignedInVisitor): Promise<string | null> {
    const session = await bindings.recall(visitor);
    if (session === null || !(await isOver(session))) return session;
    await bindings.forget(visitor, session);
    return null;
  }

  /** Makes the visitor the owner if there is none. False: another visitor owns it. */
  async function own(visitor: SignedInVisitor, sessionPublicId: string): Promise<boolean> {
    const [id] = visitor.ids;
    const owner = await records.keep(ownerRecord(sessionPublicId), id);
    if (owner === id) return true;
    if (!isOwn(visitor, owner)) return false;
    // Before the older secret is removed.
    await records.put(ownerRecord(sessionPublicId), id);
    return true;
  }

  /** First messages no longer join this session, and no browser can restore it. */
  async function end(owner: string, sessionPublicId: string): Promise<void> {
    const mark = randomUUID();
    if ((await records.keep(endRecord(sessionPublicId), mark)) !== mark) return;
    const [current] = await readFirstKeys(owner);
    const generation = hash("sha256", sessionPublicId, "base64url");
    await records.put(firstKeyRecord(owner), `${generation} ${current}`);
  }

  async function resume(visitor: SignedInVisitor, held: VerifiedToken | null): Promise<string | null> {
    const isOthers = held === null || (held.owner !== null && !isOwn(visitor, held.owner));
    const isAdoptable =
      !isOthers && (await own(visitor, held.sessionPublicId)) && !(await isOver(held.sessionPublicId));
    const session = await recall(visitor);
    if (session !== null) return (await own(visitor, session)) ? session : null;
    if (!isAdoptable) return null;
    return bindings.remember(visitor, held.sessionPublicId);
  }

  async function leave(visitor: SignedInVisitor, held: VerifiedToken | null): Promise<void> {
    const session = await recall(visitor);
    if (session === null || held?.sessionPublicId !== session) return;
    await end(visitor.ids[0], session);
    await bindings.forget(visitor, session);
  }

  async function remember(visitor: SignedInVisitor, sessionPublicId: string): Promise<void> {
    // `recall` removes a session that has ended.
    const session = await recall(visitor);
    if (session === null && !(await isOver(sessionPublicId)))
      await bindings.remember(visitor, sessionPublicId);
  }

  /** The key of the current conversation, and of the previous one. */
  async function readFirstKeys(id: string): Promise<readonly [string, ...string[]]> {
    const [generation = "", before] = (await records.get(firstKeyRecord(id)))?.split(" ") ?? [];
    return before === undefined ? [generation] : [generation, before];
  }

  return {
    /** Null: nobody is signed in. */
    toVisitor(verified: VerifiedVisitor | null): SignedInVisitor | null {
      if (!verified?.subject) return null;
      const { source, issuer, id } = verified.subject;
      const name = JSON.stringify([audience, source, issuer, id]);
      const toId = (secret: string) =>
        createHmac("sha256", secret).update("visitor\0").update(name).digest("base64url");
      const [first, ...older] = secrets;
      return {
        subject: verified.subject,
        verified,
        ids: [toId(first), ...older.map(toId)],
        publicId: hash("sha256", name, "base64url").slice(0, 22),
      };
    },
    /**
     * The session that a browser continues. Null: the next message opens one.
     *
     * @param held the session that the browser has
     */
    resume: (visitor: SignedInVisitor, held: VerifiedToken | null): Promise<string | null> =>
      withFallback(resume(visitor, held), () => {
        // The token names the owner.
        if (held?.owner != null && isOwn(visitor, held.owner)) return held.sessionPublicId;
        throw unavailable();
      }),
    /** The visitor's session. Null: there is none, or records are not available now. */
    find: (visitor: SignedInVisitor): Promise<string | null> =>
      withFallback(resume(visitor, null), () => null),
    /** Ends the visitor's conversation if it is the browser's. The next message opens another. */
    leave: (visitor: SignedInVisitor, held: VerifiedToken | null): Promise<void> =>
      withFallback(leave(visitor, held), () => {
        throw unavailable();
      }),
    /**
     * Claims a session in which the visitor writes. Resolves to the owner for its tokens; null: records are not available
     * now.
     *
     * @throws ProblemError `session_not_found` if it is another visitor's
     */
    async claim(
      visitor: SignedInVisitor,
      sessionPublicId: string,
      owner: string | null,
    ): Promise<string | null> {
      if (owner !== null && isOwn(visitor, owner)) return owner;
      const isOwned = owner === null && (await withFallback(own(visitor, sessionPublicId), () => null));
      if (isOwned === false) throw new ProblemError("session_not_found");
      return isOwned && visitor.ids[0];
    },
    /** Whether the owner of a session has left it, or the platform has ended it. False if records are not available now. */
    isOver: async ({ sessionPublicId, owner }: OwnedSession): Promise<boolean> =>
      owner !== null && withFallback(isOver(sessionPublicId), () => false),
    /** After `claim`: the visitor has written in the session. */
    remember: (visitor: SignedInVisitor, sessionPublicId: string): Promise<void> =>
      withFallback(remember(visitor, sessionPublicId), () => {}),
    /** The keys by which the visitor's first messages join one session: the current one, and the previous one. */
    async toFirstKeys({ ids: [id] }: SignedInVisitor): Promise<readonly [string, ...string[]]> {
      const [current, ...earlier] = await withFallback(readFirstKeys(id), () => [""] as const);
      // The space prevents a collision with a browser's key.
      const toKey = (part: string) => `visitor ${id} ${part}`;
      return [toKey(current), ...earlier.map(toKey)];
    },
    /** To be called when the platform has ended a session with an owner. Never rejects. */
    async ended({ sessionPublicId, owner }: OwnedSession): Promise<void> {
      if (owner !== null) await end(owner, sessionPublicId).catch(() => {});
    },
  };
}

function createOwnBindings(records: VisitorRecords): SessionBindings {
  const nameFor = (id: string) => ["session", id];
  return {
    async recall({ ids }) {
      const [first, ...older] = ids;
      const session = await records.get(nameFor(first));
      if (session !== null) return session;
      for (const id of older) {
        const earlier = await records.get(nameFor(id));
        // Before the older secret is removed.
        if (earlier !== null) return records.keep(nameFor(first), earlier);
      }
      return null;
    },
    remember: ({ ids: [first] }, sessionPublicId) => records.keep(nameFor(first), sessionPublicId),
    async forget({ ids }, sessionPublicId) {
      for (const id of ids) await records.remove(nameFor(id), sessionPublicId);
    },
  };
}

/** Without records, no visitor gets a session that their browser does not have. The browser requests it again. */
function unavailable(): ProblemError {
  return new ProblemError("upstream_unavailable", { retryAfterMs: 1_000 });
}
