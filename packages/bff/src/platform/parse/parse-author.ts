import type { Author } from "@mailoo-chat/protocol";
import { canonical, type JsonFields, toFields, words } from "./fields.ts";

/**
 * Who wrote a message. The platform's format is not documented, so all common forms are parsed. If they contradict each
 * other, the first in this order counts:
 *
 * 1. a flag: `isVisitor`, `fromVisitor`, `isOwner`, `isSystem`…;
 * 2. a kind: `senderType`, `authorType`, `role`, and `type` / `role` / `kind` or a flag inside a `sender` / `author` /
 *    `from` object;
 * 3. the direction: `inbound` is towards the owner, so the visitor wrote it;
 * 4. `sender` / `author` / `from` as a word;
 * 5. vague clues: `user` and `client` mean the visitor, but a dashboard has users, too; `isVisitor: false` means the owner,
 *    but a system notice is not from the visitor either.
 *
 * @returns null if unknown
 */
export function parseAuthor(fields: JsonFields): Author | null {
  let vague: Author | null = null;
  for (const readClues of CLUE_READERS) {
    for (const { author, clear } of readClues(fields)) {
      if (clear) return author;
      vague ??= author;
    }
  }
  return vague;
}

/** Parses the author in an event's name, such as `owner_message` or `visitor.message.created`. */
export function parseAuthorOfEvent(eventName: string): Author | null {
  const words = eventName.replace(/([a-z])([A-Z])/g, "$1 $2").split(/[^A-Za-z]+/);
  for (const word of words) {
    const clue = clueOf(word);
    if (clue?.clear === true && clue.author !== "system") return clue.author;
  }
  return null;
}

/** The name shown beside a message. Never an e-mail address, which visitors should not see. */
export function parseAuthorName(fields: JsonFields): string | null {
  for (const name of NAME_FIELDS) {
    const shown = toName(fields.get(name));
    if (shown !== null) return shown;
  }
  for (const name of PERSON_FIELDS) {
    const person = fields.get(name);
    const shown = typeof person === "string" && clueOf(person) === null ? toName(person) : nameOf(person);
    if (shown !== null) return shown;
  }
  return null;
}

/** A clear clue takes precedence over a vague one. */
interface Clue {
  readonly author: Author;
  readonly clear: boolean;
}

const CLUE_READERS = [flagClues, kindClues, directionClues, wordClues];

function flagClues(fields: JsonFields): Clue[] {
  const clues: Clue[] = [];
  for (const [name, value] of fields) {
    const flag = toFlag(value);
    const author = flag === null ? undefined : FLAGS.get(name);
    if (author === undefined) continue;
    // A system notice may also be marked as the owner's.
    if (flag === true && author === "system") clues.unshift({ author, clear: true });
    else if (flag === true) clues.push({ author, clear: true });
    // If not the visitor, then the owner, and vice versa. `isSystem: false` means neither.
    else if (author !== "system") {
      clues.push({ author: author === "visitor" ? "owner" : "visitor", clear: false });
    }
  }
  return clues;
}

function kindClues(fields: JsonFields): Clue[] {
  const clues: Clue[] = [];
  for (const name of KIND_FIELDS) pushClue(clues, fields.get(name));
  for (const name of PERSON_FIELDS) {
    const person = toFields(fields.get(name));
    if (person === null) continue;
    clues.push(...flagClues(person));
    for (const kind of PERSON_KIND_FIELDS) pushClue(clues, person.get(kind));
  }
  return clues;
}

function directionClues(fields: JsonFields): Clue[] {
  for (const name of ["direction", "messagedirection", "flow"]) {
    const word = fields.get(name);
    const author = typeof word === "string" ? DIRECTIONS.get(canonical(word)) : undefined;
    if (author !== undefined) return [{ author, clear: true }];
  }
  return [];
}

function wordClues(fields: JsonFields): Clue[] {
  const clues: Clue[] = [];
  for (const name of PERSON_FIELDS) pushClue(clues, fields.get(name));
  // The type of a message may name its author, such as `visitor_message`.
  const type = fields.get("type") ?? fields.get("kind");
  if (typeof type === "string") {
    const author = parseAuthorOfEvent(type);
    if (author !== null) clues.push({ author, clear: true });
    else pushClue(clues, type);
  }
  return clues;
}

function pushClue(clues: Clue[], word: unknown): void {
  const clue = typeof word === "string" ? clueOf(word) : null;
  if (clue !== null) clues.push(clue);
}

function clueOf(word: string): Clue | null {
  if (word.length > 40) return null;
  const name = canonical(word);
  const author = CLEAR_WORDS.get(name);
  if (author !== undefined) return { author, clear: true };
  return VAGUE_WORDS.has(name) ? { author: "visitor", clear: false } : null;
}

function nameOf(person: unknown): string | null {
  const fields = toFields(person);
  if (fields === null) return null;
  for (const name of words("displayname name fullname nickname username")) {
    const shown = toName(fields.get(name));
    if (shown !== null) return shown;
  }
  const parts = [toName(fields.get("firstname")), toName(fields.get("lastname"))].filter(
    (part) => part !== null,
  );
  return parts.length > 0 ? parts.join(" ") : null;
}

function toName(value: unknown): string | null {
  if (typeof value !== "string") return null;
  const name = value.toWellFormed().replaceAll("\0", "").trim();
  if (name === "" || name.includes("@")) return null;
  return name.slice(0, AUTHOR_NAME_MAX_UNITS).toWellFormed();
}

/** Not numbers: `visitor: 1` is an id. */
function toFlag(value: unknown): boolean | null {
  if (typeof value === "boolean") return value;
  return value === "true" ? true : value === "false" ? false : null;
}

const AUTHOR_NAME_MAX_UNITS = 200;

const KIND_FIELDS = words(
  "sendertype authortype fromtype usertype participanttype actortype senderrole authorrole senderkind authorkind role",
);
const PERSON_FIELDS = words("sender author from sentby createdby participant actor user");
const PERSON_KIND_FIELDS = words("type role kind sendertype usertype");
const NAME_FIELDS = words("authorname sendername fromname displayname agentname operatorname ownername");

const VISITOR_WORDS = words(
  "visitor guest customer contact lead enduser sitevisitor websitevisitor anonymous",
);
const OWNER_WORDS = words(
  "owner agent operator admin administrator assistant staff support supportagent team teammember moderator member host representative employee dashboard bot",
);
const SYSTEM_WORDS = words("system notice notification automated");
const VAGUE_WORDS: ReadonlySet<string> = new Set(words("user client person human"));

const CLEAR_WORDS: ReadonlyMap<string, Author> = new Map<string, Author>([
  ...VISITOR_WORDS.map((word): [string, Author] => [word, "visitor"]),
  ...OWNER_WORDS.map((word): [string, Author] => [word, "owner"]),
  ...SYSTEM_WORDS.map((word): [string, Author] => [word, "system"]),
]);

/** `isVisitor`, `fromVisitor`, `isFromVisitor`, `sentByVisitor`, `byVisitor` and `visitor: true`, for each. */
const FLAGS: ReadonlyMap<string, Author> = new Map<string, Author>(
  (
    [
      ["system", "system"],
      ["visitor", "visitor"],
      ["guest", "visitor"],
      ["customer", "visitor"],
      ["owner", "owner"],
      ["agent", "owner"],
      ["operator", "owner"],
      ["admin", "owner"],
      ["staff", "owner"],
    ] as const
  ).flatMap(([who, author]) =>
    ["is", "from", "isfrom", "sentby", "by", ""].map((prefix): [string, Author] => [prefix + who, author]),
  ),
);

const DIRECTIONS: ReadonlyMap<string, Author> = new Map<string, Author>([
  ...words("inbound incoming in received fromvisitor visitortoowner toowner toagent").map(
    (word): [string, Author] => [word, "visitor"],
  ),
  ...words("outbound outgoing out sent reply tovisitor ownertovisitor fromowner").map(
    (word): [string, Author] => [word, "owner"],
  ),
]);
