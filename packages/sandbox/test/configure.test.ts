import { describe, expect, it } from "vitest";
import { SHIPPED_LOCALES } from "../../widget/src/launcher/labels.ts";
import { LOCALES, nameOfLocale } from "../src/console/configure/locales.ts";
import { DEFAULT_LOOK, type Look, parseHash, toHash, toOptions } from "../src/console/configure/look.ts";
import { type SnippetKind, toSnippet } from "../src/console/configure/snippet.ts";
import { startSandbox } from "../src/index.ts";
import { asOwner, call } from "./platform-client.ts";

const SYNTAX = { isColor: (text: string) => text === "red", isSelector: (text: string) => text === ".help" };
const BFF = "https://chat.example.com";

function codeOf(kind: SnippetKind, look: Partial<Look> = {}): string {
  const options = toOptions({ ...DEFAULT_LOOK, ...look }, SYNTAX);
  return toSnippet(kind, { bff: BFF, options, properties: {} }).code;
}

describe("the snippets", () => {
  it("hold nothing but the address for the widget's defaults, however they are written", () => {
    const written = {
      title: "  ",
      accent: "#3A5BFF",
      radius: "20",
      suggestions: "\n \n",
      launcher: "own",
    } as const;
    for (const look of [{}, written]) {
      expect(codeOf("tag", look)).toBe(`<script async src="${BFF}/widget.js"></script>`);
      expect(codeOf("npm", look)).toContain(`createChatWidget({ bff: "${BFF}" });`);
      expect(codeOf("react", look)).toContain(`<ChatWidget bff="${BFF}" />`);
    }
  });

  it("leave out what the browser does not understand", () => {
    expect(codeOf("tag", { accent: "redd", launcher: "own", selector: ":::" })).toBe(codeOf("tag"));
    const code = codeOf("tag", { accent: "red", launcher: "own", selector: ".help" });
    expect(code).toMatch(/data-accent="red"\s+data-launcher=".help"/);
  });

  it("write a switch that is on by default as off", () => {
    expect(codeOf("tag", { formatting: false })).toContain('data-formatting="false"');
    expect(codeOf("npm", { formatting: false })).toContain("formatting: false");
    expect(codeOf("react", { formatting: false })).toContain("formatting={false}");
  });

  it("name a base URL of one's own by its script, and take at most five suggestions", () => {
    const options = toOptions({ ...DEFAULT_LOOK, suggestions: "a\nb\nc\nd\ne\nf" }, SYNTAX);
    const input = { bff: "https://example.com/chat/", options, properties: {} };
    expect(toSnippet("tag", input).code).toBe(
      '<script async src="https://example.com/chat/widget.js" data-suggestions="[&quot;a&quot;,&quot;b&quot;,&quot;c&quot;,&quot;d&quot;,&quot;e&quot;]"></script>'
        .replace(/ (src|data-suggestions)=/g, "\n  $1=")
        .replace("<script async", "<script\n  async")
        .replace("></script>", "\n></script>"),
    );
  });
});

describe("the address of the page", () => {
  it("keeps every choice", () => {
    const look: Look = {
      ...{ title: "A & B = C #1", subtitle: "+", accent: "red", header: "#102030", position: "left" },
      ...{
        theme: "dark",
        locale: "pt-BR",
        radius: "0",
        avatar: "https://example.com/a?b=c&d",
        launcher: "own",
      },
      ...{ selector: ".help", teaser: "Hi", suggestions: "one\ntwo", startOpen: true, sound: true },
      ...{ away: "hide", formatting: false },
    };
    expect(parseHash(`#${toHash(look)}`)).toEqual(look);
    expect(toHash(DEFAULT_LOOK)).toBe("");
  });

  it("cannot bring what the form could not", () => {
    const hash =
      "#position=top&theme=neon&header=red;}*{display:none&radius=-1&launcher=x&away=x&startOpen=1&other=1";
    expect(parseHash(hash)).toEqual(DEFAULT_LOOK);
  });
});

it("every language of the widget can be chosen, by its own name", () => {
  expect([...LOCALES].sort()).toEqual([...SHIPPED_LOCALES].sort());
  expect(nameOfLocale("de")).toBe("Deutsch");
  expect(new Set(LOCALES.map(nameOfLocale)).size).toBe(LOCALES.length);
});

describe("the chat server of the preview", () => {
  it("is the owner's to name, and an address that could widen the policy is refused", async () => {
    await using sandbox = await startSandbox({ bffUrl: "http://localhost:8787" });
    const path = "/console/chat-server";
    expect(await call(sandbox, "GET", path)).toMatchObject({ status: 401 });
    expect(await call(sandbox, "PUT", path, { json: { url: BFF } })).toMatchObject({ status: 401 });
    const put = (url: string) => call(sandbox, "PUT", path, { headers: asOwner, json: { url } });
    for (const url of [
      "javascript:alert(1)",
      "https://a;b",
      "https://u:p@chat.example.com",
      "chat",
      "https://*",
    ]) {
      expect(await put(url), url).toMatchObject({ status: 400 });
    }
    expect(await call(sandbox, "GET", path, { headers: asOwner })).toMatchObject({
      body: { url: "http://localhost:8787" },
    });
    expect(await put(`${BFF}/chat/`)).toMatchObject({ status: 200, body: { url: `${BFF}/chat` } });
  });
});
