import { LRUCache } from "lru-cache";
import { isNameOf, type SessionName, sessionNames } from "./parse/session-names.ts";

/**
 * By what else than its public id the platform names a session: an inner id, or a label that all have (`channel: "web"`).
 * Learnt where all items of an answer agree on it.
 */
export interface SessionAliases {
  has(sessionPublicId: string, name: SessionName): boolean;
  /** For each item of a session's history whether it belongs there. Learns from what it sees. */
  ownItems(sessionPublicId: string, answer: unknown, items: readonly unknown[]): readonly boolean[];
}

/** Sessions whose aliases are remembered. */
const MAX_SESSIONS = 20_000;

export function createSessionAliases(): SessionAliases {
  const bySession = new LRUCache<string, ReadonlyMap<string, string>>({ max: MAX_SESSIONS });
  const has = (sessionPublicId: string, { at, id, isPublic }: SessionName) =>
    !isPublic && bySession.get(sessionPublicId)?.get(at) === id;

  return {
    has,

    ownItems(sessionPublicId, answer, items) {
      const isOurs = (name: SessionName) => isNameOf(name, sessionPublicId);
      if (sessionNames(answer).some((name) => name.isPublic && !isOurs(name))) return items.map(() => false);

      const named = items.map(sessionNames);
      const learnt = agreedNames(named, isOurs);
      // The first one stays: an answer full of another session's messages agrees with itself as well.
      if (learnt.size > 0) {
        bySession.set(sessionPublicId, new Map([...learnt, ...(bySession.get(sessionPublicId) ?? [])]));
      }
      return named.map((names) => {
        const publicNames = names.filter(({ isPublic }) => isPublic);
        if (publicNames.length > 0) return publicNames.every(isOurs);
        return names.every((name) => isOurs(name) || has(sessionPublicId, name) || isMedium(name));
      });
    },
  };
}

/** What every item says alike, and is not the public id. */
function agreedNames(
  [first = [], ...rest]: readonly (readonly SessionName[])[],
  isOurs: (name: SessionName) => boolean,
): ReadonlyMap<string, string> {
  const agreed = first.filter(
    (name) =>
      !name.isPublic &&
      !isOurs(name) &&
      rest.every((names) => names.some(({ at, id }) => at === name.at && id === name.id)),
  );
  return new Map(agreed.map(({ at, id }) => [at, id]));
}

/** A channel may be a medium: a message that came by e-mail is still one of this session. */
function isMedium({ at, id }: SessionName): boolean {
  return at.endsWith("channel") && MEDIA.has(id.toLowerCase());
}

const MEDIA: ReadonlySet<string> = new Set([
  "web",
  "widget",
  "chat",
  "livechat",
  "webchat",
  "email",
  "sms",
  "app",
  "api",
]);
