import fc from "fast-check";
import { h, render } from "preact";
import { describe, expect, it } from "vitest";
import { isFormatted } from "../chat/text-files.ts";
import type { Shell } from "../launcher/shell.ts";
import { formatText } from "./format-text.ts";
import { toPlainText } from "./to-plain-text.ts";

const root = document.createElement("div").attachShadow({ mode: "open" });

function toNodes(text: string): HTMLElement {
  const box = document.createElement("div");
  render(
    formatText(text, root, h, (part) => part),
    box,
  );
  return box;
}

/** The rendered markup, without the attributes that all elements of a kind share. */
function show(text: string): string {
  return toNodes(text)
    .innerHTML.replaceAll(/ (?:dir|target|rel)="[^"]*"/g, "")
    .replaceAll(/<\/?bdi>/g, "")
    .replaceAll("&amp;", "&")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">");
}

describe("inline formatting", () => {
  it.each([
    [
      "It is **free**, *really*, _truly_, `now`.",
      "It is <strong>free</strong>, <em>really</em>, <em>truly</em>, <code>now</code>.",
    ],
    ["***both***", "<strong><em>both</em></strong>"],
    [
      "**bold *and italic*** *and **bold***",
      "<strong>bold <em>and italic</em></strong> <em>and <strong>bold</strong></em>",
    ],
    ["**one\nline break**", "<strong>one\nline break</strong>"],
    [
      "(**a**) “*b*” **c**: **d**!",
      "(<strong>a</strong>) “<em>b</em>” <strong>c</strong>: <strong>d</strong>!",
    ],
    ["这是**重点。**内容和**重点**的。", "这是<strong>重点。</strong>内容和<strong>重点</strong>的。"],
    ["`` a ` b `` and `*`", "<code>a ` b</code> and <code>*</code>"],
    ["**5 €** *🎉* **-10 %**", "<strong>5 €</strong> <em>🎉</em> <strong>-10 %</strong>"],
    ["**`a*`**", "<strong><code>a*</code></strong>"],
    ["\\*a\\* \\_b\\_ \\`c\\` \\[d](https://example.com)", "*a* _b_ `c` [d](https://example.com)"],
  ])("%j becomes %j", (text, expected) => {
    expect(show(text)).toBe(`<p>${expected}</p>`);
  });

  it.each([
    "snake_case_name, _private and __init__.py",
    "¯\\_(ツ)_/¯ *_* ^_^ -_- o_O *-* T_T",
    "it`s and that`s",
    "@_max_ and #_tag_ and a=*b*",
    "5,-* plus tax\n*with tax",
    "2*3*4 = 24, 2 * 3 * 4 and 2**3**4",
    "src/**/*.ts and lib/**/*.js, *.ts, */5 * * * *",
    "Price* and more*, a* b*",
    "**unclosed, *as well, `and this, [and](that",
    "** spaces ** and * spaces *",
    '"*" and "*", a ** b',
    "****four**** and _____",
    "# No heading",
    "> No quotation",
    "| no | table |",
    "---",
    "-5 degrees, 2024. A year",
    "<b>no markup</b> &amp; no entities",
    "\\\\server\\share C:\\new",
    "https://example.com/a_b_c?d=*e*&f=_g_",
    "www.example.com/_a_/*b*",
  ])("leaves %j unchanged", (text) => {
    expect(show(text)).toBe(`<p>${text}</p>`);
  });

  it("does not span paragraphs, and keeps line breaks within a paragraph", () => {
    expect(show("**a\n\nb**\nc")).toBe("<p>**a</p><p>b**\nc</p>");
  });
});

describe("links", () => {
  it.each([
    [
      "[our *shop*](https://example.com/a_(b)?c=1)",
      '<a href="https://example.com/a_(b)?c=1">our <em>shop</em></a>',
    ],
    ["**[write](mailto:me@example.com)**", '<strong><a href="mailto:me@example.com">write</a></strong>'],
    ["![picture](https://example.com/a.png)", '!<a href="https://example.com/a.png">picture</a>'],
    [
      "[a [b](https://b.example) c](https://c.example)",
      '[a <a href="https://b.example/">b</a> c](https://c.example)',
    ],
  ])("%j becomes %j", (text, expected) => {
    expect(show(text)).toBe(`<p>${expected}</p>`);
  });

  it.each([
    "[x](javascript:alert(1))",
    "[x](JavaScript:alert(1)) [x](\u0001javascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:x) [x](file:///etc/passwd) [x](ftp://example.com) [x](blob:https://example.com/a)",
    "[x](/path) [x](//example.com) [x](example.com) [x](https:example.com)",
    "[x](https://) [x](https://a b) [x](https://[)",
    "[](https://example.com) [ ](https://example.com) [\u200b\u2800](https://example.com)",
    "[x] (https://example.com)",
  ])("are not created from %j", (text) => {
    expect(show(text)).toBe(`<p>${text}</p>`);
  });

  it.each([
    ["https://bank.example", "https://evil.example/bank.example"],
    ["bank.example", "https://evil.example"],
    ["**bank**.`example`", "https://evil.example"],
    ["BANK.EXAMPLE/login", "https://evil.example"],
    ["bank．example", "https://evil.example"],
    ["bank。example", "https://evil.example"],
    ["bank\u200b.\u200bexample", "https://evil.example"],
    ["\u202eelpmaxe.knab//:sptth", "https://evil.example"],
    ["https://bank.example", "https://bank.example@evil.example"],
    ["https://bank.example", "https://bank.example.evil.example"],
    ["https://evil.example is https://bank.example", "https://evil.example"],
    ["me@bank.example", "mailto:me@evil.example"],
    ["bаnk.example (with a Cyrillic а)", "https://bank.example"],
  ])("[%s](%s) shows its true target", (label, address) => {
    const { host, pathname } = new URL(address);
    expect(toNodes(`[${label}](${address})`).querySelector("a")?.textContent).toMatch(
      new RegExp(` \\(${(host || pathname).replaceAll(".", "\\.")}\\)$`),
    );
  });

  it.each([
    ["https://example.com", "https://example.com/path"],
    ["www.example.com/path", "https://example.com/path"],
    ["example.com", "https://www.example.com"],
    ["https://bücher.example", "https://xn--bcher-kva.example"],
    ["me@example.com", "mailto:me@example.com?subject=Hello"],
    ["our shop", "https://example.com"],
    ["Read more…", "https://example.com"],
    ["Is it 5:30?", "https://example.com"],
  ])("[%s](%s) shows only its label", (label, address) => {
    expect(toNodes(`[${label}](${address})`).textContent).toBe(label);
  });

  it("open in a new tab, without opener or referrer", () => {
    const link = toNodes("[a](https://example.com)").querySelector("a");
    expect(link).toMatchObject({ target: "_blank", rel: "noopener noreferrer" });
  });
});

describe("blocks", () => {
  it.each([
    [
      "Two ways:\n- by **rail**\n* by sea\nThanks!",
      "<p>Two ways:</p><ul><li>by <strong>rail</strong></li><li>by sea</li></ul><p>Thanks!</p>",
    ],
    ["1. a\n2. b\n\n4. c", '<ol><li value="1">a</li><li value="2">b</li><li value="4">c</li></ol>'],
    ["1. a\n1. b", '<ol><li value="1">a</li><li>b</li></ol>'],
    [
      "- a\n  on\n  1. b\n    - c\n- d",
      '<ul><li>a\non<ol><li value="1">b</li></ol><ul><li>c</li></ul></li><li>d</li></ul>',
    ],
    ["  - a\n  - b", "<ul><li>a</li><li>b</li></ul>"],
    ["- a\n1. b", '<ul><li>a</li></ul><ol><li value="1">b</li></ol>'],
    ["- **a\n- b**", "<ul><li>**a</li><li>b**</li></ul>"],
    ["\\- a\n1\\. b", "<p>- a\n1. b</p>"],
    [
      "a\n```js\nb **c**\n\n  <i>d</i>\n```\ne",
      "<p>a</p><pre><code>b **c**\n\n  <i>d</i></code></pre><p>e</p>",
    ],
    ["````\n```\n````", "<pre><code>```</code></pre>"],
    ["```\nunclosed\n- a", "<p>```\nunclosed</p><ul><li>a</li></ul>"],
    ["```one line```", "<p><code>one line</code></p>"],
  ])("%j becomes %j", (text, expected) => {
    expect(show(text)).toBe(expected);
  });

  it("have their own text direction, and code is left to right", () => {
    const box = toNodes("مرحبا `a`\n\n- b\n\n```\nc\n```");
    const directions = [...box.querySelectorAll("p, li, code, pre")].map(({ localName }, index, all) => [
      localName,
      (all[index] as HTMLElement).dir,
    ]);
    expect(directions).toEqual([
      ["p", "auto"],
      ["code", "ltr"],
      ["li", "auto"],
      ["pre", "ltr"],
      ["code", ""],
    ]);
  });
});

describe("plain text", () => {
  it("contains one line per paragraph and list item, and no markers", () => {
    expect(
      toPlainText(
        "**Two** ways, see [here](https://example.com):\n- by `rail`\n  1. slow\n- by sea\n\n```\nx*y\n```",
      ),
    ).toBe("Two ways, see here:\n• by rail\n1. slow\n• by sea\nx*y");
    expect(toPlainText("[bank.example](https://evil.example)")).toBe("bank.example (evil.example)");
  });
});

describe("any text", () => {
  const PIECES = [
    "*",
    "**",
    "***",
    "_",
    "`",
    "``",
    "```",
    "\n",
    "\n\n",
    "- ",
    "1. ",
    "  ",
    " ",
    "\\",
    "[",
    "](",
    ")",
    "]",
    "(",
    "!",
    ".",
    "a",
    "Bc",
    "é",
    "重",
    "😀",
    "\u202e",
    "<b>",
    "&amp;",
    "@",
    "www.",
    "x.y",
  ];
  const ADDRESSES = [
    "https://example.com",
    "](https://example.com)",
    "](javascript:alert(1))",
    "mailto:a@b.c",
    "](mailto:a@b.c)",
  ];
  const text = (pieces: readonly string[]) =>
    fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((parts) => parts.join(""));
  /** Any code unit, lone surrogates included. */
  const characters = fc
    .array(fc.integer({ min: 1, max: 0x10ffff }))
    .map((points) => String.fromCodePoint(...points));
  /** The text without the characters that may be markers. */
  const toCore = (value: string) => value.replaceAll(/[*_`\\[\]()\s\d.•-]/g, "");

  it("keeps all of its text except the markers", () => {
    fc.assert(
      fc.property(text(PIECES.filter((piece) => !piece.includes("```"))), (source) => {
        expect(toCore(toNodes(source).textContent ?? "")).toBe(toCore(source));
        expect(toCore(toPlainText(source))).toBe(toCore(source));
      }),
    );
  });

  it("is recognised as formatted before the formatter is loaded", () => {
    const shell = { options: {} } as Shell;
    const withoutSpace = (value: string) => value.replaceAll(/\s/g, "");
    fc.assert(
      fc.property(fc.oneof(text([...PIECES, ...ADDRESSES]), characters), (source) => {
        const isPlain =
          withoutSpace(toPlainText(source)) === withoutSpace(source) &&
          !toNodes(source).querySelector(":not(p)");
        expect(isPlain || isFormatted(source, "owner", shell)).toBe(true);
      }),
    );
  });

  it("renders only the known elements, at a bounded depth, with links only to web and mail addresses", () => {
    const any = fc.oneof(text([...PIECES, ...ADDRESSES]), characters);
    fc.assert(
      fc.property(any, (source) => {
        expect(findUnexpected(toNodes(source))).toEqual([]);
      }),
    );
  });

  it.each(
    Object.entries({
      "open emphasis": "*a ",
      "all kinds of open emphasis": "***a _b **c ",
      "changing markers": "*_",
      brackets: "[",
      "closing brackets": "]",
      "open links": "[a](",
      "links without an end": "[a](https://example.com",
      parentheses: "[a](https://(",
      backticks: "`",
      fences: "```\n",
      backslashes: "\\",
      addresses: "https://*",
      "empty lines in lists": "- a\n\n\n\n",
      spaces: " ",
      items: "- ",
    }),
  )("is read in linear time: %s", (_, piece) => {
    const [short, long] = [4_000, 200_000].map((length) => {
      const source = piece.repeat(length / piece.length);
      const startedAtMs = performance.now();
      toPlainText(source);
      return performance.now() - startedAtMs;
    });
    expect(short).toBeLessThan(500);
    // 50 times the text: quadratic time would take minutes.
    expect(long).toBeLessThan(5_000);
  });

  it("is parsed in reasonable time with backtick runs of every length", () => {
    const source = Array.from({ length: 200 }, (_, length) => "`".repeat(length)).join(" ");
    const startedAtMs = performance.now();
    toPlainText(source);
    expect(performance.now() - startedAtMs).toBeLessThan(1_000);
  });
});

const KNOWN: Readonly<Record<string, RegExp>> = {
  P: /^dir$/,
  UL: /^$/,
  OL: /^$/,
  LI: /^dir(?:,value)?$/,
  PRE: /^dir$/,
  CODE: /^(?:dir)?$/,
  STRONG: /^$/,
  EM: /^$/,
  A: /^href,target,rel$/,
  BDI: /^$/,
};

/** Elements that formatting never creates. */
function findUnexpected(parent: Element, depth = 0): readonly string[] {
  return [...parent.children].flatMap((element) => {
    const isKnown = KNOWN[element.tagName]?.test(element.getAttributeNames().join()) && depth < 16;
    const isAllowedLink =
      element.tagName !== "A" ||
      (/^(?:https?:\/\/|mailto:)/.test(element.getAttribute("href") ?? "") &&
        !element.querySelector("a") &&
        !!element.textContent?.trim());
    return [...(isKnown && isAllowedLink ? [] : [element.outerHTML]), ...findUnexpected(element, depth + 1)];
  });
}
