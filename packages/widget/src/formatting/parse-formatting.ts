// Reads the light formatting of a message: bold, italic, code, links, lists and blocks of code. What is not part of this
// grammar stays text, as do markers without a partner. No text makes it throw, and its time grows with the text's length.
//
//   block   = fence | list | paragraph        paragraphs end at an empty line
//   fence   = "```" [language] lines "```"
//   list    = item+                           one list in another, no deeper
//   item    = ("-" | "*" | number ".") " " inline, and further lines that are indented
//   inline  = "**" inline "**" | "*" inline "*" | "_" inline "_" | "`" code "`" | "[" inline "](" address ")" | text
//   escape  = "\" before one of * _ ` [ ], and before the marker of a list
//
// A marker counts only at the edge of a word: `snake_case`, `2*3*4`, `src/**/*.ts` and it`s are text.

export type FormattedInline =
  | string
  | { readonly type: "strong" | "em"; readonly children: readonly FormattedInline[] }
  | { readonly type: "code"; readonly text: string }
  | FormattedLink;

export interface FormattedLink {
  readonly type: "link";
  /** An absolute address: http, https or mailto. */
  readonly href: string;
  readonly children: readonly FormattedInline[];
  /** The host, or the email address, that the link goes to. Only if its text looks like another one: show it after that. */
  readonly destination?: string;
}

export type FormattedBlock =
  | { readonly type: "paragraph"; readonly children: readonly FormattedInline[] }
  | { readonly type: "code"; readonly text: string }
  | FormattedList;

export interface FormattedList {
  readonly type: "list";
  readonly items: readonly FormattedItem[];
}

export interface FormattedItem {
  /** Of a numbered item; null for a bullet. All items of a list have one, or none has. */
  readonly number: number | null;
  readonly children: readonly FormattedInline[];
  readonly lists: readonly FormattedList[];
}

const FENCE = /^ *(`{3,})[\w+#.-]*\s*$/;
const FENCE_END = /^ *(`{3,})\s*$/;
const ITEM = /^([ \t]*)(?:[-*]|(\d{1,3})\.)\s+(\S.*)$/;
/** Before what would be the marker of a list. */
const ESCAPED_ITEM = /^([ \t]*\d{0,3})\\(?=[-.]\s)/gm;
/** What is indented by as much more than an item belongs to it. */
const NESTED_INDENT = 2;

/**
 * The formatting of a message as data, to be rendered as nodes.
 *
 * @example parseFormatting("It is **free**.") // [{ type: "paragraph", children: ["It is ", { type: "strong", … }, "."] }]
 */
export function parseFormatting(text: string): readonly FormattedBlock[] {
  const lines = text.split(/\r\n?|\n/);
  const findEndOfFence = createFenceFinder(lines);
  const blocks: FormattedBlock[] = [];
  let paragraph: string[] = [];

  function endParagraph(): void {
    if (paragraph.length === 0) return;
    const children = parseInline(paragraph.join("\n").replace(ESCAPED_ITEM, "$1"));
    blocks.push({ type: "paragraph", children });
    paragraph = [];
  }

  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] as string;
    const end = findEndOfFence(at);
    const isItem = ITEM.test(line);
    if (end || isItem || !line.trim()) endParagraph();
    if (end) {
      blocks.push({ type: "code", text: lines.slice(at + 1, end).join("\n") });
      at = end;
    } else if (isItem) {
      at = readLists(lines, at, blocks);
    } else if (line.trim()) {
      paragraph.push(line);
    }
  }
  endParagraph();
  return blocks;
}

/** Finds the line that ends the fence that begins at a line; undefined if none begins there, or it has no end. */
function createFenceFinder(lines: readonly string[]): (at: number) => number | undefined {
  /** Fences of this length or longer have no end below. */
  let unended = Number.POSITIVE_INFINITY;
  return (at) => {
    const length = FENCE.exec(lines[at] ?? "")?.[1]?.length ?? unended;
    if (length >= unended) return undefined;
    for (let end = at + 1; end < lines.length; end += 1) {
      if (length <= (FENCE_END.exec(lines[end] ?? "")?.[1]?.length ?? 0)) return end;
    }
    unended = length;
    return undefined;
  };
}

interface OpenItem {
  readonly number: number | null;
  readonly lines: string[];
  readonly lists: OpenItem[][];
}

/** Reads lists that follow each other, and returns their last line. Empty lines may stand between two items. */
function readLists(lines: readonly string[], from: number, blocks: FormattedBlock[]): number {
  const lists: OpenItem[][] = [];
  const nestedFrom = indentOf(lines[from]) + NESTED_INDENT;
  let last = from;
  for (let at = from; at < lines.length; at += 1) {
    const line = lines[at] as string;
    if (!line.trim()) continue;
    const above = lists.at(-1)?.at(-1);
    const isNested = above && indentOf(line) >= nestedFrom;
    const [, , digits, text] = ITEM.exec(line) ?? [];
    if (text) {
      const item = { number: digits ? Number(digits) : null, lines: [text], lists: [] };
      addItem(isNested ? above.lists : lists, item);
    } else if (isNested && at === last + 1 && !FENCE.test(line)) {
      (above.lists.at(-1)?.at(-1) ?? above).lines.push(line.trim());
    } else {
      break;
    }
    last = at;
  }
  blocks.push(...lists.map(toList));
  return last;
}

function indentOf(line = ""): number {
  return (/^[ \t]*/.exec(line)?.[0] ?? "").replaceAll("\t", "    ").length;
}

/** To the last list, or to one of its own if it is of the other kind. */
function addItem(lists: OpenItem[][], item: OpenItem): void {
  const last = lists.at(-1);
  if (last && (last[0]?.number === null) === (item.number === null)) last.push(item);
  else lists.push([item]);
}

function toList(items: readonly OpenItem[]): FormattedList {
  return {
    type: "list",
    items: items.map(({ number, lines, lists }) => ({
      number,
      children: parseInline(lines.join("\n")),
      lists: lists.map(toList),
    })),
  };
}

/** An escape (but ¯\_(ツ)_/¯ has one arm), a run of markers, a bracket, or an address, in which markers are text. */
const TOKEN =
  /(?<!¯)\\[*_`[\]]|`+|\*+|_+|[[\]]|(?:https?:\/\/|www\.)(?:(?![<>`\]])[!-~])*(?![*_.,;:!?)'"<>`\]])[!-~]/gi;
/** The address of a link: it may hold pairs of parentheses. */
const ADDRESS = /\(((?:[^\s()<>]|\([^\s()<>]*\))+)\)/y;
const SAFE = /^(?:https?:\/\/|mailto:)/i;
/** As in the protocol's `isVisible()`: this file imports none that the widget's core holds, too. */
const VISIBLE = /[^\s\p{Cc}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** Letters and digits of scripts that put spaces between words: between these a marker is text. */
const WORD = /(?![\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Thai}])[\p{L}\p{N}\p{M}]/u;
/** Before a marker these make it a part of a path, a name or a term, as `@_name_`. */
const NOT_BEGUN_AFTER = /[/@#=\\.]/;
const NOT_BEGUN_BY = /[\s.,;:!?/)\]}]/;

/** What emphasis is for: `*_*` is a face. */
const MEANT = /[\p{L}\p{N}\p{Sc}\p{So}]/u;

/** Markers that wait for their partners at the same time. If there are more, the first of them is text. */
const MAX_OPEN = 8;

interface Frame {
  readonly marker: string;
  readonly children: FormattedInline[];
}

function parseInline(text: string): readonly FormattedInline[] {
  const root: Frame = { marker: "", children: [] };
  const stack = [root];
  /** Lengths of runs of backticks that do not come again. */
  const unended = new Set<number>();
  let at = 0;

  const top = () => stack.at(-1) ?? root;

  function giveUp(index: number): void {
    const [frame] = stack.splice(index, 1);
    const below = stack[index - 1] ?? root;
    if (frame) for (const child of [frame.marker, ...frame.children]) add(below.children, child);
  }

  function open(marker: string): void {
    if (stack.length > MAX_OPEN) giveUp(1);
    stack.push({ marker, children: [] });
  }

  function close(index: number): readonly FormattedInline[] {
    while (stack.length > index + 1) giveUp(stack.length - 1);
    return stack.pop()?.children ?? [];
  }

  function emphasise(run: string, start: number): void {
    const marker = run[0] as string;
    const before = charBefore(text, start);
    const after = String.fromCodePoint(text.codePointAt(at) ?? 32);
    const isBegin =
      before !== after && !NOT_BEGUN_AFTER.test(before) && !WORD.test(before) && !NOT_BEGUN_BY.test(after);
    const isEnd = /[^\s/]/.test(before) && after !== "/" && !WORD.test(after);
    let rest = run.length;
    const isMarker = rest <= (marker === "*" ? 3 : 1);
    while (isMarker && isEnd && rest > 0) {
      const index = stack.findLastIndex(
        (frame) => frame.marker[0] === marker && (rest === 3 || rest === frame.marker.length),
      );
      if (index < 1) break;
      const { length } = (stack[index] as Frame).marker;
      const children = close(index);
      const isMeant = MEANT.test(toText(children));
      if (isMeant) add(top().children, { type: length === 2 ? "strong" : "em", children });
      else
        for (const child of [marker.repeat(length), ...children, marker.repeat(length)])
          add(top().children, child);
      rest -= length;
    }
    if (isMarker && isBegin && rest === run.length) {
      if (rest > 1) open("**");
      if (rest !== 2) open(marker);
    } else {
      add(top().children, marker.repeat(rest));
    }
  }

  function endLink(): void {
    const index = stack.findLastIndex(({ marker }) => marker === "[");
    ADDRESS.lastIndex = at;
    const [source = "", address = ""] = (index > 0 && ADDRESS.exec(text)) || [];
    const url = toSafeUrl(address);
    if (!url) {
      if (index > 0) giveUp(index);
      add(top().children, "]");
      return;
    }
    const children = close(index);
    const label = toText(children);
    at += source.length;
    if (!VISIBLE.test(label)) {
      // Nobody could see such a link.
      for (const child of ["[", ...children, `]${source}`]) add(top().children, child);
      return;
    }
    const destination = toDestination(label, url);
    add(top().children, { type: "link", href: url.href, children, ...(destination && { destination }) });
    // No link is in another.
    for (let outer = stack.length - 1; outer > 0; outer -= 1) if (stack[outer]?.marker === "[") giveUp(outer);
  }

  function readCode(run: string, start: number): void {
    // Some write it`s.
    const isText = unended.has(run.length) || (run.length === 1 && WORD.test(charBefore(text, start)));
    const end = isText ? -1 : findRun(text, run, at);
    if (end < 0) {
      if (!isText) unended.add(run.length);
      add(top().children, run);
      return;
    }
    const code = text.slice(at, end);
    // One space at both ends is there to keep backticks apart.
    const isPadded = code.startsWith(" ") && code.endsWith(" ") && code.trim();
    add(top().children, { type: "code", text: isPadded ? code.slice(1, -1) : code });
    at = end + run.length;
  }

  for (;;) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    add(top().children, text.slice(at, found?.index));
    if (!found) break;
    const [token] = found;
    at = found.index + token.length;
    if (token === "[") open(token);
    else if (token === "]") endLink();
    else if (token[0] === "`") readCode(token, found.index);
    else if (token[0] === "*" || token[0] === "_") emphasise(token, found.index);
    else add(top().children, token[0] === "\\" ? token.slice(1) : token);
  }
  return close(0);
}

function charBefore(text: string, at: number): string {
  return [...text.slice(Math.max(0, at - 2), at)].at(-1) ?? "";
}

/** Where a run of backticks of the same length begins; -1 if there is none. */
function findRun(text: string, run: string, from: number): number {
  const runs = /`+/g;
  runs.lastIndex = from;
  let found: RegExpExecArray | null;
  do found = runs.exec(text);
  while (found && found[0] !== run);
  return found?.index ?? -1;
}

/** Texts beside each other become one. */
function add(children: FormattedInline[], child: FormattedInline): void {
  const last = children.at(-1);
  if (typeof child === "string" && typeof last === "string") children[children.length - 1] = last + child;
  else if (child) children.push(child);
}

/** What is read of some inline parts. */
export function toText(parts: readonly FormattedInline[]): string {
  return parts
    .map((part) => {
      if (typeof part === "string") return part;
      if (part.type === "code") return part.text;
      const text = toText(part.children);
      return part.type === "link" && part.destination ? `${text} (${part.destination})` : text;
    })
    .join("");
}

function toSafeUrl(address: string): URL | undefined {
  try {
    return SAFE.test(address) ? new URL(address) : undefined;
  } catch {
    return undefined;
  }
}

/** Where a link goes, if its text looks like an address and is not that one. */
function toDestination(label: string, url: URL): string | undefined {
  // As it looks: without what cannot be seen, and with one form of each letter.
  const seen = label
    .normalize("NFKC")
    .replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, "")
    .trim();
  if (!/[.。][\p{L}\p{N}]|@\S|:\/\//u.test(seen)) return undefined;
  const { protocol } = url;
  const own = toSafeUrl(SAFE.test(seen) ? seen : `${protocol}${protocol === "mailto:" ? "" : "//"}${seen}`);
  const destination = toPlace(url);
  return own && !/\s/.test(seen) && toPlace(own) === destination ? undefined : destination;
}

function toPlace({ host, pathname }: URL): string {
  return host.replace(/^www\./, "") || pathname;
}
