import { describe, expect, it, vi } from "vitest";
import { toTexts, withNumber } from "./texts.ts";

describe("toTexts", () => {
  it("prefers the site's texts, then the locale's, then English", () => {
    const texts = toTexts({ send: "Senden", retry: "Nochmal" } as never, { send: "Ab damit" });
    expect([texts.send, texts.retry, texts.discard]).toEqual(["Ab damit", "Nochmal", "Discard"]);
  });

  it("accepts the site's texts as JSON and ignores invalid JSON", () => {
    expect(toTexts(null, '{"send":"Post"}').send).toBe("Post");
    expect(toTexts(null, '{"openUnread":{"other":"{n} new"}}').openUnread).toEqual({ other: "{n} new" });
    for (const own of [
      "{send",
      "null",
      "5",
      '"text"',
      '{"send":null}',
      '{"send":{"other":"x"}}',
      '{"send":["x"]}',
    ]) {
      expect(toTexts(null, own).send).toBe("Send");
    }
    for (const own of ["null", "5", "{}", '{"one":"{n} new"}', '{"other":null}']) {
      expect(toTexts(null, `{"openUnread":${own}}`).openUnread).toEqual(toTexts(null, undefined).openUnread);
    }
  });
});

it("reports an invalid text or an unknown key by its key", async () => {
  const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
  toTexts(null, '{"sned":"Post","send":5,"retry":"Again"}');
  await Promise.resolve();
  const names = warned.mock.calls.map(([text]) => /"(.*?)"/.exec(`${text}`)?.[1]);
  expect(names).toEqual(["strings.sned", "strings.send"]);
  warned.mockRestore();
});

describe("withNumber", () => {
  it("uses the plural form and the digits of the locale", () => {
    const forms = { one: "{n} one", few: "{n} few", many: "{n} many", other: "{n} other" };
    expect([1, 3, 5, 21].map((count) => withNumber("ru", forms, count))).toEqual([
      "1 one",
      "3 few",
      "5 many",
      "21 one",
    ]);
    expect(withNumber("fa", "{n} left", 12)).toBe("۱۲ left");
    expect(withNumber("ja", { other: "{n}" }, 1)).toBe("1");
  });
});
