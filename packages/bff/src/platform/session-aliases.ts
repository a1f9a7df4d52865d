import { LRUCache } from "lru-cache";
import { words } from "./parse/fields.ts";
import { isNameOf, type SessionName, sessionNames } from "./parse/session-names.ts";

export type SessionAliases = ReturnType<typeof createSessionAliases>;

const MAX_SESSIONS = 20_000;

/**
 * Other names than the public id by which the platform refers to a session: an inner id, or a label that all sessions have
 * (`channel: "web"`). Learnt when all items of an answer agree on it.
 */
export function createSessionAliases() {
  const bySession = new LRUCache<string, ReadonlyMap<string, string>>({ max: MAX_SESSIONS });
  const has = (sessionPublicId: string, { at, id, isPublic }: SessionName) =>
    !isPublic && bySession.get(sessionPublicId)?.get(at) === id;

  return {
    has,

    /** Whether each item of a session's history belongs to the session. Learns from them. */
    ownItems(sessionPublicId: string, answer: unknown, items: readonly unknown[]): readonly boolean[] {
      const isOurs = (name: SessionName) => isNameOf(name, sessionPublicId);
      if (sessionNames(answer).some((name) => name.isPublic && !isOurs(name))) return items.map(() => false);

      const named = items.map(sessionNames);
      const learnt = agreedNames(named, isOurs);
      // The first alias stays: an answer with only another session's messages would agree on that session's.
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

/** The names, other than the public id, on which all items agree. */
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

/** A channel may be a medium: a message that came by e-mail still belongs to the session. */
function isMedium({ at, id }: SessionName): boolean {
  return at.endsWith("channel") && MEDIA.has(id.toLowerCase());
}

const MEDIA: ReadonlySet<string> = new Set(words("web widget chat livechat webchat email sms app api"));
