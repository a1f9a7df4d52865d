import { LRUCache } from "lru-cache";
import { canonical, words } from "./fields.ts";
import { parseId } from "./parse-message.ts";

/** A field in which an object names the session that it belongs to. */
export interface SessionName {
  /** The field, in canonical words: `sessionpublicid`, `room`, `chat.id`. */
  readonly at: string;
  readonly id: string;
  /** The field's name indicates the public id. Other fields may contain the platform's inner id, or a label. */
  readonly isPublic: boolean;
}

/**
 * All fields of an object, nested ones included, that name a session: `sessionPublicId`, `room`, `channel`, `sid`,
 * `chat.public_id`, `meta.conversationId`. Lists are not searched, because each of their items is parsed separately.
 */
export function sessionNames(value: unknown): readonly SessionName[] {
  const names: SessionName[] = [];
  collect(value, { session: null, depth: 0 }, names);
  return names;
}

/** Whether a name is the session's id, or a room or channel named after it (`session:s1`). */
export function isNameOf(name: SessionName, sessionPublicId: string): boolean {
  if (name.id === sessionPublicId) return true;
  if (name.isPublic || !name.id.endsWith(sessionPublicId)) return false;
  return SEPARATORS.includes(name.id.charAt(name.id.length - sessionPublicId.length - 1));
}

interface Place {
  /** The key of the object, if the object is a session: then its `id` is the session's. */
  readonly session: string | null;
  readonly depth: number;
}

function collect(value: unknown, { session, depth }: Place, names: SessionName[]): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return;
  for (const [key, field] of Object.entries(value)) {
    if (names.length >= MAX_NAMES) return;
    const word = canonical(key);
    const kind = kindOf(word) ?? (session === null ? null : kindWithin(word));
    if (typeof field === "object") {
      if (depth < MAX_DEPTH)
        collect(field, { session: kind === null ? null : word, depth: depth + 1 }, names);
    } else if (kind !== null) {
      const id = parseId(field);
      if (id !== null)
        names.push({ at: session === null ? word : `${session}.${word}`, id, isPublic: kind === "public" });
    }
  }
}

type Kind = "public" | "other" | null;

/** `visitorSessionPublicId` is any word, a noun, `public` and `id`. Without an `id`, only few words may precede the noun. */
function kindOf(word: string): Kind {
  if (word.length > MAX_WORD) return null;
  if (word === "sid") return "other";
  const bare = word.replace("public", "");
  const suffix = ID_WORDS.find((end) => bare.endsWith(end)) ?? "";
  const stem = bare.slice(0, bare.length - suffix.length);
  const noun = NOUNS.find((name) => stem.endsWith(name));
  if (noun === undefined) return null;
  if (bare !== word) return PLACES.has(noun) ? "other" : "public";
  const isBare = suffix === "" && ![noun, `chat${noun}`, `visitor${noun}`].includes(stem);
  return isBare ? null : "other";
}

function kindWithin(word: string): Kind {
  if (word === "publicid") return "public";
  return ID_WORDS.includes(word) ? "other" : null;
}

const NOUNS = words("session conversation chat dialogue dialog room channel thread");
/** Their public id may be the integration's. */
const PLACES: ReadonlySet<string> = new Set(["room", "channel", "thread"]);
/** Longer ones first: `uid` ends in `id`. */
const ID_WORDS = words("uuid guid uid id key ref");
const SEPARATORS = ":/.#|";
const MAX_DEPTH = 4;
const MAX_NAMES = 50;
const MAX_WORD = 60;

export type SessionAliases = ReturnType<typeof createSessionAliases>;

const MAX_SESSIONS = 20_000;

/**
 * Names other than the public id by which the platform refers to a session: an inner id, or a label that all sessions have
 * (`channel: "web"`). Learnt if all items of an answer have it.
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

/** A channel may be a medium: a message by e-mail still belongs to the session. */
function isMedium({ at, id }: SessionName): boolean {
  return at.endsWith("channel") && MEDIA.has(id.toLowerCase());
}

const MEDIA: ReadonlySet<string> = new Set(words("web widget chat livechat webchat email sms app api"));
