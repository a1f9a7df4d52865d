import { describe, expect, it } from "vitest";
import { textsFor, textsValue } from "./json-values.ts";

describe("the texts by language", () => {
  it.each([
    ["{", "must be JSON"],
    ["[]", "the value: Invalid input: expected record, received array"],
    ['{"German": {}}', "German: must be a language tag such as de or pt-BR, or *"],
    ['{"de": {}, "fr": {}, "de" : {}}', "de: is given more than once"],
    ['{"pt-BR": {}, "pt-br": {}}', "pt-br: is given more than once"],
    ['{"de": {"awayText": "{\\"awayText\\":1}", "awayText": "1"}}', "de.awayText: is given more than once"],
    ['{"de": {"welcome": "Hallo"}}', 'de: Unrecognized key: "welcome"'],
    ['{"de": {"suggestions": ["1", "2", "3", "4", "5", "6"]}}', "de.suggestions: Too big"],
    ['{"de": {"consent": {"text": "Ja", "url": "javascript"}}}', "de.consent.url: must be an http"],
    ['{"de": {"awayLink": {"url": "javascript:alert(1)"}}}', "de.awayLink.url: must be a mailto:, tel: or"],
    ['{"de": {"awayLink": {"url": "tel:"}}}', "de.awayLink.url: must be a mailto:, tel: or"],
  ])("refuses %s", (json, fault) => {
    expect(textsValue.safeParse(json).error?.issues).toEqual([
      expect.objectContaining({ message: expect.stringContaining(fault) }),
    ]);
  });
});

describe("textsFor", () => {
  const texts = textsValue.parse(
    JSON.stringify({
      "*": { welcomeMessage: "Hello", suggestions: ["Where is my parcel?"] },
      en: { welcomeMessage: "Hi" },
      pt: { welcomeMessage: "Olá" },
      "pt-BR": { suggestions: ["Onde está meu pacote?"] },
    }),
  );

  it.each([
    [undefined, "Hi", "Where is my parcel?"],
    ["de", "Hello", "Where is my parcel?"],
    ["pt", "Olá", "Where is my parcel?"],
    ["pt_br", "Olá", "Onde está meu pacote?"],
    ["__proto__", "Hello", "Where is my parcel?"],
  ])("for %j", (locale, welcomeMessage, suggestion) => {
    expect(textsFor(texts, locale)).toEqual({ welcomeMessage, suggestions: [suggestion] });
  });
});
