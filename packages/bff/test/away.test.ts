import type { ChatConfig } from "@mailoo-chat/protocol";
import { describe, expect, it } from "vitest";
import { startChat } from "./support/start-chat.ts";

/** Today's name in UTC, as the hours take it. */
const dayOf = (ms: number) => new Date(ms).toUTCString().slice(0, 3);
const DAY_MS = 24 * 60 * 60_000;

describe("the owner's text while the owner is away", () => {
  it("[AWAY-1] is in the configuration, by language, with when the office opens", async () => {
    const tomorrow = new Date(Date.now() + 2 * DAY_MS);
    await using chat = await startChat({
      MAILOO_CHAT_HOURS: `${dayOf(tomorrow.getTime())} 09:00-17:00`,
      MAILOO_CHAT_AWAY_TEXT: "We sleep.",
      MAILOO_CHAT_AWAY_LINK: "mailto:hello@shop.example",
      MAILOO_CHAT_AWAY_EMAIL: "optional",
      MAILOO_CHAT_TEXTS: JSON.stringify({
        de: { awayText: "Wir schlafen.", awayLink: { text: "Rufen Sie an", url: "tel:+4930123" } },
      }),
    });
    const ask = async (query: string) => {
      const answer = await chat.bff.request(`/config${query}`);
      return { etag: answer.headers.get("etag"), away: ((await answer.json()) as ChatConfig).away };
    };
    const english = await ask("");
    tomorrow.setUTCHours(9, 0, 0, 0);
    expect(english.away).toEqual({
      text: "We sleep.",
      backAt: tomorrow.toISOString(),
      link: { text: null, url: "mailto:hello@shop.example" },
      email: "optional",
    });
    expect((await ask("?locale=de")).away).toMatchObject({
      text: "Wir schlafen.",
      link: { text: "Rufen Sie an", url: "tel:+4930123" },
    });
    // A cache may keep it.
    expect((await ask("")).etag).toBe(english.etag);
  });

  it("[AWAY-1] names the end of the hours while they last", async () => {
    const now = Date.now();
    await using chat = await startChat({
      MAILOO_CHAT_HOURS: `${dayOf(now - DAY_MS)}-${dayOf(now + DAY_MS)} 00:00-24:00`,
    });
    const { away } = (await chat.bff.chatConfig()).body as ChatConfig;
    const { from = "", backAt } = away ?? {};
    expect(Date.parse(from) - now).toBeGreaterThan(DAY_MS / 2);
    expect(Date.parse(backAt ?? "") - Date.parse(from)).toBe(4 * DAY_MS);
  });
});

describe("the address of a visitor who writes while the owner is away", () => {
  it("[AWAY-2] goes with the message, and a message without it is accepted", async () => {
    await using chat = await startChat({ MAILOO_CHAT_AWAY_EMAIL: "required" });
    const first = await chat.bff.submit({ content: "Hello", visitor: {} });
    expect(first.status).toBe(201);
    const second = await chat.bff.submit({ content: "Hi", visitor: { email: "ann@example.com" } });
    expect(second.status).toBe(201);
    expect(chat.sandbox.sessions().map(({ visitorEmail }) => visitorEmail)).toEqual(
      expect.arrayContaining([null, "ann@example.com"]),
    );
  });

  it("[AWAY-2] is not asked for if the form asks for it already", async () => {
    await using chat = await startChat({
      MAILOO_CHAT_AWAY_EMAIL: "required",
      MAILOO_CHAT_PRE_CHAT: "email",
      MAILOO_CHAT_AWAY_TEXT: "Away",
    });
    const { away } = (await chat.bff.chatConfig()).body as ChatConfig;
    expect(away).toEqual({ text: "Away", backAt: null, link: null });
  });
});
