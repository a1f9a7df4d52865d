import { h, render } from "preact";
import { expect, it } from "vitest";
import { linkText } from "./find-links.ts";

/** The text with its links in brackets; an address that differs from the link text follows a bar. */
function show(text: string): string {
  const box = document.createElement("div");
  render(<p>{linkText(text, h)}</p>, box);
  for (const link of box.querySelectorAll("a")) {
    const href = link.getAttribute("href");
    link.textContent = `[${link.textContent}${href === link.textContent ? "" : `|${href}`}]`;
  }
  return box.textContent ?? "";
}

it.each([
  [
    "see https://en.wikipedia.org/wiki/Mercury_(planet).",
    "see [https://en.wikipedia.org/wiki/Mercury_(planet)].",
  ],
  ["(https://en.wikipedia.org/wiki/Mercury)", "([https://en.wikipedia.org/wiki/Mercury])"],
  ["https://example.com/guide。よろしく", "[https://example.com/guide]。よろしく"],
  ["https://example.com/a，b", "[https://example.com/a]，b"],
  ["https://example.com/a、b", "[https://example.com/a]、b"],
  ["「https://example.com/a」", "「[https://example.com/a]」"],
  ["（https://example.com/a）", "（[https://example.com/a]）"],
  ["“https://example.com/a”", "“[https://example.com/a]”"],
  ["«https://example.com/a»", "«[https://example.com/a]»"],
  ["https://example.com/a’s page", "[https://example.com/a]’s page"],
  ["https://example.com/a، ثم", "[https://example.com/a]، ثم"],
  ["https://example.com/a؟", "[https://example.com/a]؟"],
  ["https://example.com/a। फिर", "[https://example.com/a]। फिर"],
  ["https://example.com/a… and", "[https://example.com/a]… and"],
  ["https://example.com/a, https://example.com/b!", "[https://example.com/a], [https://example.com/b]!"],
  ["https://example.com/?a=1&b=%20#c", "[https://example.com/?a=1&b=%20#c]"],
  ["HTTPS://EXAMPLE.COM/A", "[HTTPS://EXAMPLE.COM/A]"],
  ["https://example.com/日本語/頁", "[https://example.com/日本語/頁]"],
  ["https://bücher.example/ü", "[https://bücher.example/ü]"],
  ["http://localhost:3000/x", "[http://localhost:3000/x]"],
  ["www.example.com/a", "[www.example.com/a|https://www.example.com/a]"],
  ["write to josé@example.com.", "write to [josé@example.com|mailto:josé@example.com]."],
  ["mailto:me@example.com", "[mailto:me@example.com]"],
  ["see read.me, index.js and e.g. example.com", "see read.me, index.js and e.g. example.com"],
  [
    "javascript:alert(1) data:text/html,x ftp://example.com/a",
    "javascript:alert(1) data:text/html,x ftp://example.com/a",
  ],
  ["https://example.com/\u202emoc", "[https://example.com/]\u202emoc"],
  ["<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"],
])("finds in %j the links %j", (text, expected) => {
  expect(show(text)).toBe(expected);
});
