import type { AwayConfig } from "@mailoo-chat/protocol";
import { beforeEach, describe, expect, it, vi } from "vitest";
// Here before it is wanted: a test does not wait for a file.
import "../../src/chat/away.ts";
import { type LoadLazy, loadLazy } from "../../src/chat/lazy-files.ts";
import { createFakeBff, type FakeBff } from "../client/fake-bff.ts";
import {
  loadCore,
  mountWidget,
  openWidget,
  translate,
  until,
  untilDrawn,
  type View,
} from "./mount-widget.ts";

const NOTHING: AwayConfig = { text: null, backAt: null, link: null };

function createBffThatIsAway(away: Partial<AwayConfig> = {}): FakeBff {
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

describe("while nobody is there", () => {
  it("the header says when somebody is back, below the welcome stands the owner's text, and a link", async () => {
    const bff = createBffThatIsAway({
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

  it("a page's own line in the header leaves the time to the first screen", async () => {
    const bff = createBffThatIsAway({ backAt: inHours(30 * 24) });
    await using chat = await openWidget({ subtitle: "The shop" }, bff);
    expect(headerOf(chat)).toBe("The shop");
    await until(() => expect(chat.textOf(".welcome")).toMatch(/back \w+ \d+ at /));
  });

  it("a link that is no address is not shown", async () => {
    const bff = createBffThatIsAway({ link: { text: "Click", url: "javascript:alert(1)" } });
    await using chat = await openWidget({}, bff);
    expect(chat.findAll(".expect a")).toEqual([]);
  });

  it("the time goes when somebody comes, and comes with the end of the hours", async () => {
    const bff = createBffThatIsAway({ from: inHours(-1), backAt: inHours(30 * 24) });
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

  it("nothing is said of a time that has passed, or that is not yet the next one", async () => {
    for (const times of [{ backAt: inHours(-1) }, { from: inHours(1), backAt: inHours(2) }]) {
      await using chat = await openWidget({}, createBffThatIsAway(times));
      await import("../../src/chat/away.ts");
      await untilDrawn();
      expect(headerOf(chat)).toBe("Away");
    }
  });
});

describe("the question for an address", () => {
  it("comes once the visitor has written, and the answer goes with that very message", async () => {
    const bff = createBffThatIsAway({ email: "required" });
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

  it("is answered by the button of the text box, too, and an empty answer is named", async () => {
    const bff = createBffThatIsAway({ email: "optional" });
    await using chat = await openWidget({}, bff);
    chat.type("Hello");
    await untilDrawn();
    chat.button("Send").click();
    await until(() => email(chat));
    chat.button("Send").click();
    await until(() => expect(chat.textOf("#email-problem")).toBe("Please fill in this field."));
    typeEmail(chat, "ann@example.com");
    chat.button("Send").click();
    await until(() => expect(texts(bff)).toEqual([["Hello", "ann@example.com"]]));
  });

  it("is left with Escape, back to the text, and comes again with the next try", async () => {
    await using chat = await openWidget({}, createBffThatIsAway({ email: "required" }));
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

  it("may be declined if it is optional, once for the conversation", async () => {
    const bff = createBffThatIsAway({ email: "optional" });
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

  it("has no way around it if it is required", async () => {
    await using chat = await openWidget({}, createBffThatIsAway({ email: "required" }));
    chat.type("Hello");
    chat.press("Enter");
    await until(() => email(chat));
    expect(() => chat.button("Send without email")).toThrow();
  });

  it("comes with a suggestion, which waits in the text box", async () => {
    const bff = createBffThatIsAway({ email: "required" });
    bff.config = { ...bff.config, suggestions: ["Where is my parcel?"] };
    await using chat = await openWidget({}, bff);
    chat.button("Where is my parcel?").click();
    await until(() => expect(chat.shadow.activeElement).toBe(email(chat)));
    expect((chat.find("textarea") as HTMLTextAreaElement).value).toBe("Where is my parcel?");
    typeEmail(chat, "ann@example.com");
    pressIn(email(chat), "Enter");
    await until(() => expect(texts(bff)).toEqual([["Where is my parcel?", "ann@example.com"]]));
  });

  it("comes with a suggestion after the form, and has the focus", async () => {
    const bff = createBffThatIsAway({ email: "required" });
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
    const bff = createBffThatIsAway({ email: "required" });
    bff.config = { ...bff.config, status };
    await using chat = await openWidget({}, bff);
    chat.widget.identify(claims);
    await chat.send("Hello");
    expect(chat.findAll("#email")).toEqual([]);
  });

  it("goes if somebody comes meanwhile, and the text goes without it", async () => {
    const bff = createBffThatIsAway({ email: "required" });
    await using chat = await openWidget({}, bff);
    await chat.widget.send("The page's own text asks nothing");
    await untilConnected(chat);
    chat.type("Hello");
    chat.press("Enter");
    await until(() => email(chat));
    bff.push({ type: "status", status: "online" });
    await until(() => expect(chat.findAll("#email")).toEqual([]));
    // Nobody is asked in the middle of a text.
    chat.type("Hello again");
    bff.push({ type: "status", status: "away" });
    await until(() => expect(headerOf(chat)).toBe("Away"));
    await untilDrawn();
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

describe("hidden while nobody is there", () => {
  beforeEach(() => void vi.useRealTimers());

  const launcher = (chat: View) => chat.find('[part="launcher"]');
  const configs = (bff: FakeBff) => bff.requests.filter((request) => request.includes("config")).length;

  it("a page that does not want that asks for nothing", async () => {
    const bff = createBffThatIsAway();
    await using chat = mountWidget({}, bff);
    await untilDrawn();
    expect([launcher(chat).hidden, bff.requests]).toEqual([false, []]);
  });

  it("there is no launcher and nothing opens by itself until somebody comes", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"], shouldAdvanceTime: true });
    const bff = createBffThatIsAway();
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

  it("follows the option when the page changes it", async () => {
    const bff = createBffThatIsAway();
    await using chat = mountWidget({}, bff);
    chat.widget.update({ away: "hide" });
    await until(() => expect(launcher(chat).hidden).toBe(true));
    await until(() => expect(configs(bff)).toBe(1));
    chat.widget.update({ away: "show" });
    await until(() => expect(launcher(chat).hidden).toBe(false));
  });

  it("a page's own call still opens the chat, and the conversation that begins then stays in reach", async () => {
    await using chat = mountWidget({ away: "hide" }, createBffThatIsAway());
    chat.widget.open();
    await until(() => chat.find("textarea"));
    await until(() => expect(configs(chat.server)).toBe(2));
    await chat.send("Hello");
    await until(() => expect(launcher(chat).hidden).toBe(false));
  });

  it("a visitor with a conversation keeps the launcher", async () => {
    const bff = createBffThatIsAway();
    const before = mountWidget({}, bff);
    await before.widget.send("Hello");
    before.widget.destroy();
    await using chat = mountWidget({ away: "hide" }, bff);
    await until(() => expect(launcher(chat).hidden).toBe(false));
  });

  it("a widget that is destroyed while the file is on its way asks for nothing", async () => {
    const bff = createBffThatIsAway();
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
    await untilDrawn();
    chat.widget.update({ away: "hide" });
    await untilDrawn();
    expect(bff.requests).toEqual([]);
  });

  it("a server that cannot be asked hides nothing", async () => {
    const bff = createBffThatIsAway();
    bff.down = true;
    await using chat = mountWidget({ away: "hide" }, bff);
    await until(() => expect(launcher(chat).hidden).toBe(false));
  });
});
