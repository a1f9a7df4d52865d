import { canonical, words } from "./fields.ts";
import { parseId } from "./parse-message.ts";

/** A field in which an object names the session that it belongs to. */
export interface SessionName {
  /** The field, in canonical words: `sessionpublicid`, `room`, `chat.id`. */
  readonly at: string;
  readonly id: string;
  /** By its name, the field holds the public id. Other fields may hold the platform's inner id, or a label. */
  readonly isPublic: boolean;
}

/**
 * All fields of an object, nested ones included, that name a session: `sessionPublicId`, `room`, `channel`, `sid`,
 * `chat.public_id`, `meta.conversationId`. Lists are not searched: each of their items is parsed by itself.
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

/** `visitorSessionPublicId` is some word, a noun, `public` and `id`. Without an `id`, hardly another word may precede the noun. */
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
