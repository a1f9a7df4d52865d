import type { AwayConfig } from "@mailoo-chat/protocol";
import { beforeEach, describe, expect, it, vi } from "vitest";
// Loaded up front, so that no test waits for the lazy chunk.
import "../../src/chat/away.ts";
import { type LoadLazy, loadLazy } from "../../src/chat/lazy-files.ts";
import { createFakeBff, type FakeBff } from "../client/fake-bff.ts";
import {
  loadCore,
  mountWidget,
  openWidget,
  translate,
  until,
  untilRendered,
  type View,
} from "./mount-widget.ts";

const NOTHING: AwayConfig = { text: null, backAt: null, link: null };

function createAwayBff(away: Partial<AwayConfig> = {}): FakeBff {
  const bff = createFakeBff();
  bff.config = { ...bff.config, status: "away", away: { ...NOTHING, ...away } };
  return bff;
}

const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

const headerOf = (chat: View) => chat.textOf(".names p");
const texts = (bff: FakeBff) => bff.submits.map(({ content, visitor }) => [content, visitor?.email || null]);
const email = (chat: View) => chat.find("#email") as HTMLInputElement;

function typeEmail(chat: View, text: string): HTMLInputElement {
  const input = email(chat);
  input.value = text;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  return input;
}

const untilConnected = (chat: View) => until(() => expect(chat.widget.state.connection).toBe("online"));

const pressIn = (element: HTMLElement, key: string) =>
  element.dispatchEvent(
    new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, composed: true }),
  );

describe("while the owner is away", () => {
  it("the header shows the return time, and the first screen the owner's text and a link", async () => {
    const bff = createAwayBff({
      text: "We sleep.\nWrite to us.",
      backAt: inHours(30 * 24),
      link: { text: null, url: "mailto:hello@shop.example?subject=From%20the%20shop" },
    });
    await using chat = await openWidget({}, bff);
    await until(() => expect(headerOf(chat)).toMatch(/^Away · back \w+ \d+ at /));
    expect(chat.textOf(".welcome .expect")).toBe("We sleep.\nWrite to us.");
    const link = chat.find(".expect a");
    expect([link.getAttribute("href"), link.textContent]).toEqual([
      "mailto:hello@shop.example?subject=From%20the%20shop",
      "hello@shop.example",
    ]);
    await chat.send("Hello");
    await until(() => expect(chat.textOf('[role="status"]')).toBe("We sleep.\nWrite to us."));
  });

  it("a subtitle set by the page keeps its place, and the first screen shows the return time", async () => {
    const bff = createAwayBff({ backAt: inHours(30 * 24) });
    await using chat = await openWidget({ subtitle: "The shop" }, bff);
    expect(headerOf(chat)).toBe("The shop");
    await until(() => expect(chat.textOf(".welcome")).toMatch(/back \w+ \d+ at /));
  });

  it("an invalid link is not shown", async () => {
    const bff = createAwayBff({ link: { text: "Click", url: "javascript:alert(1)" } });
    await using chat = await openWidget({}, bff);
    expect(chat.findAll(".expect a")).toEqual([]);
  });

  it("the return time disappears when the owner is back and appears when office hours end", async () => {
    const bff = createAwayBff({ from: inHours(-1), backAt: inHours(30 * 24) });
    bff.config = { ...bff.config, status: "online" };
    await using chat = await openWidget({}, bff);
    expect(headerOf(chat)).toBe("Online");
    await chat.send("Hello");
    await untilConnected(chat);
    bff.push({ type: "status", status: "away" });
    await until(() => expect(headerOf(chat)).toMatch(/^Away · back /));
    translate(chat.find(".names p"));
    bff.push({ type: "status", status: "online" });
    await until(() => expect(headerOf(chat)).toBe("Online"));
  });

  it("a return time that has passed or is not yet the next one is not shown", async () => {
    for (const times of [{ backAt: inHours(-1) }, { from: inHours(1), backAt: inHours(2) }]) {
      await using chat = await openWidget({}, createAwayBff(times));
      await import("../../src/chat/away.ts");
      await untilRendered();
      expect(headerOf(chat)).toBe("Away");
    }
  });
});

describe("the email question", () => {
  it("appears once the visitor has written, and its answer is sent with that message", async () => {
    const bff = createAwayBff({ email: "required" });
    await using chat = await openWidget({}, bff);
    expect(chat.findAll("#email")).toEqual([]);
    const box = chat.type("Hello");
    chat.press("Enter");
    await until(() => expect(chat.shadow.activeElement).toBe(email(chat)));
    expect(box.value).toBe("Hello");
    expect(bff.submits).toEqual([]);
    expect(chat.textOf("#email-problem")).toBe("");

    typeEmail(chat, "nobody");
    pressIn(email(chat), "Enter");
    await until(() => expect(chat.textOf("#email-problem")).toBe("Please enter a valid email address."));
    typeEmail(chat, "josé@example.com");
    pressIn(email(chat), "Enter");
    await until(() => expect(texts(bff)).toEqual([["Hello", "josé@example.com"]]));
    await until(() => expect(chat.findAll("#email")).toEqual([]));
    expect([box.value, chat.shadow.activeElement]).toEqual(["", box]);

    await chat.send("And another");
    expect(texts(bff)[1]).toEqual(["And another", "josé@example.com"]);
  });

  it("can be answered with the send button, and reports an empty answer", async () => {
    const bff = createAwayBff({ email: "optional" });
    await using chat = await openWidget({}, bff);
    chat.type("Hello");
    await untilRendered();
    chat.button("Send").click();
    await until(() => email(chat));
    chat.button("Send").click();
    await until(() => expect(chat.textOf("#email-problem")).toBe("Please fill in this field."));
    typeEmail(chat, "ann@example.com");
    chat.button("Send").click();
    await until(() => expect(texts(bff)).toEqual([["Hello", "ann@example.com"]]));
  });

  it("closes on Escape, restores the text, and appears again on the next attempt", async () => {
    await using chat = await openWidget({}, createAwayBff({ email: "required" }));
    const box = chat.type("Hello");
    chat.press("Enter");
    await until(() => expect(chat.shadow.activeElement).toBe(email(chat)));
    pressIn(email(chat), "Escape");
    await until(() => expect(chat.findAll("#email")).toEqual([]));
    expect([chat.shadow.activeElement, box.value, chat.widget.state.open]).toEqual([box, "Hello", true]);
    chat.press("Enter");
    await until(() => expect(chat.shadow.activeElement).toBe(email(chat)));
    expect(chat.textOf("#email-problem")).toBe("");
  });

  it("can be declined if it is optional, once per conversation", async () => {
    const bff = createAwayBff({ email: "optional" });
    await using chat = await openWidget({}, bff);
    chat.type("Hello");
    chat.press("Enter");
    await until(() => chat.button("Send without email").click());
    await until(() => expect(texts(bff)).toEqual([["Hello", null]]));
    await chat.send("Another");
    expect(chat.findAll("#email")).toEqual([]);

    chat.widget.reset();
    await until(() => expect(chat.findAll('[data-author="visitor"]')).toEqual([]));
    chat.type("The next conversation");
    chat.press("Enter");
    await until(() => email(chat));
  });

  it("cannot be skipped if it is required", async () => {
    await using chat = await openWidget({}, createAwayBff({ email: "required" }));
    chat.type("Hello");
    chat.press("Enter");
    await until(() => email(chat));
    expect(() => chat.button("Send without email")).toThrow();
  });

  it("appears for a suggestion, which is held in the text box", async () => {
    const bff = createAwayBff({ email: "required" });
    bff.config = { ...bff.config, suggestions: ["Where is my parcel?"] };
    await using chat = await openWidget({}, bff);
    chat.button("Where is my parcel?").click();
    await until(() => expect(chat.shadow.activeElement).toBe(email(chat)));
    expect((chat.find("textarea") as HTMLTextAreaElement).value).toBe("Where is my parcel?");
    typeEmail(chat, "ann@example.com");
    pressIn(email(chat), "Enter");
    await until(() => expect(texts(bff)).toEqual([["Where is my parcel?", "ann@example.com"]]));
  });

  it("appears for a suggestion after the form, and receives the focus", async () => {
    const bff = createAwayBff({ email: "required" });
    const fields = [{ name: "name", required: true }] as const;
    bff.config = { ...bff.config, suggestions: ["Where is my parcel?"], preChat: { fields } };
    await using chat = await openWidget({}, bff);
    chat.button("Where is my parcel?").click();
    const name = chat.find("#name") as HTMLInputElement;
    name.value = "Ann";
    pressIn(name, "Enter");
    await until(() => expect(chat.shadow.activeElement).toBe(email(chat)));
    expect(chat.textOf("#email-problem")).toBe("");
    typeEmail(chat, "ann@example.com");
    pressIn(email(chat), "Enter");
    await until(() => expect(texts(bff)).toEqual([["Where is my parcel?", "ann@example.com"]]));
  });

  it.each([
    ["somebody is there", "online", {}],
    ["the page has named the visitor", "away", { email: "ann@example.com" }],
    ["the visitor is signed in", "away", { token: "e.y.J" }],
  ] as const)("does not come if %s", async (_, status, claims) => {
    const bff = createAwayBff({ email: "required" });
    bff.config = { ...bff.config, status };
    await using chat = await openWidget({}, bff);
    chat.widget.identify(claims);
    await chat.send("Hello");
    expect(chat.findAll("#email")).toEqual([]);
  });

  it("disappears if the owner comes back, and the text is sent without it", async () => {
    const bff = createAwayBff({ email: "required" });
    await using chat = await openWidget({}, bff);
    await chat.widget.send("The page's own text asks nothing");
    await untilConnected(chat);
    chat.type("Hello");
    chat.press("Enter");
    await until(() => email(chat));
    bff.push({ type: "status", status: "online" });
    await until(() => expect(chat.findAll("#email")).toEqual([]));
    // The question does not interrupt a text.
    chat.type("Hello again");
    bff.push({ type: "status", status: "away" });
    await until(() => expect(headerOf(chat)).toBe("Away"));
    await untilRendered();
    expect([chat.findAll("#email"), chat.shadow.activeElement]).toEqual([[], chat.find("textarea")]);
    bff.push({ type: "status", status: "online" });
    await until(() => expect(headerOf(chat)).toBe("Online"));
    await chat.send("Hello");
    expect(texts(bff)).toEqual([
      ["The page's own text asks nothing", null],
      ["Hello", null],
    ]);
  });
});

describe("with the launcher hidden while the owner is away", () => {
  beforeEach(() => void vi.useRealTimers());

  const launcher = (chat: View) => chat.find('[part="launcher"]');
  const configs = (bff: FakeBff) => bff.requests.filter((request) => request.includes("config")).length;

  it("a page without the option makes no request", async () => {
    const bff = createAwayBff();
    await using chat = mountWidget({}, bff);
    await untilRendered();
    expect([launcher(chat).hidden, bff.requests]).toEqual([false, []]);
  });

  it("no launcher is shown and nothing opens automatically until the owner is back", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"], shouldAdvanceTime: true });
    const bff = createAwayBff();
    await using chat = mountWidget({ away: "hide", startOpen: true }, bff);
    expect(launcher(chat).hidden).toBe(true);
    await vi.waitFor(() => expect(configs(bff)).toBe(1));
    await vi.advanceTimersByTimeAsync(1);
    expect([launcher(chat).hidden, chat.widget.state.open]).toEqual([true, false]);

    bff.config = { ...bff.config, status: "online" };
    await vi.advanceTimersByTimeAsync(60_000);
    await vi.waitFor(() => expect(launcher(chat).hidden).toBe(false));
    await vi.waitFor(() => expect(chat.widget.state.open).toBe(true));
  });

  it("the launcher follows a change of the option", async () => {
    const bff = createAwayBff();
    await using chat = mountWidget({}, bff);
    chat.widget.update({ away: "hide" });
    await until(() => expect(launcher(chat).hidden).toBe(true));
    await until(() => expect(configs(bff)).toBe(1));
    chat.widget.update({ away: "show" });
    await until(() => expect(launcher(chat).hidden).toBe(false));
  });

  it("a call of the page still opens the chat, and a conversation started there keeps the launcher", async () => {
    await using chat = mountWidget({ away: "hide" }, createAwayBff());
    chat.widget.open();
    await until(() => chat.find("textarea"));
    await until(() => expect(configs(chat.server)).toBe(2));
    await chat.send("Hello");
    await until(() => expect(launcher(chat).hidden).toBe(false));
  });

  it("a visitor with a conversation keeps the launcher", async () => {
    const bff = createAwayBff();
    const before = mountWidget({}, bff);
    await before.widget.send("Hello");
    before.widget.destroy();
    await using chat = mountWidget({ away: "hide" }, bff);
    await until(() => expect(launcher(chat).hidden).toBe(false));
  });

  it("a widget destroyed while its code is loading makes no request", async () => {
    const bff = createAwayBff();
    let arrive: () => void = () => {};
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const loadLate: LoadLazy = async (name) => {
      await arrived;
      return loadLazy(name);
    };
    const chat = mountWidget({ away: "hide", startOpen: true }, bff, loadCore, loadLate);
    chat.widget.destroy();
    arrive();
    await untilRendered();
    chat.widget.update({ away: "hide" });
    await untilRendered();
    expect(bff.requests).toEqual([]);
  });

  it("the launcher is shown if the server is unreachable", async () => {
    const bff = createAwayBff();
    bff.down = true;
    await using chat = mountWidget({ away: "hide" }, bff);
    await until(() => expect(launcher(chat).hidden).toBe(false));
  });
});
