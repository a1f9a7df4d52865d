import { describe, expect, it, vi } from "vitest";
import type { ChatWidgetOptions } from "../../src/api/options.ts";
import { toTranscript } from "../../src/chat/download-transcript.ts";
import { type LoadLazy, loadLazy } from "../../src/chat/lazy-files.ts";
import { en } from "../../src/i18n/en.ts";
import { createFakeBff } from "../client/fake-bff.ts";
import { loadCore, mountWidget, openWidget, until, untilRendered, type View } from "./mount-widget.ts";

const REPLY =
  "It is **free**, see [our shop](https://example.com/shop) or https://example.org:\n- by `rail`\n- by sea";
const SHOWN = "It is free, see our shop or https://example.org:by railby sea";

/** Files whose loading the test controls. */
function holdFiles() {
  const asked: string[] = [];
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const load: LoadLazy = async (name) => {
    // The test DOM has no Web Locks.
    if (name === "stored-lock") return loadLazy(name);
    asked.push(name);
    await released;
    return loadLazy(name);
  };
  return { asked, load, release };
}

/** A widget in a conversation, with its files held back. */
async function startConversation(options: ChatWidgetOptions = {}) {
  const files = holdFiles();
  const chat = mountWidget(options, createFakeBff(), loadCore, files.load);
  chat.widget.open();
  await until(() => chat.find('[data-message-id="welcome"]'));
  await chat.send("Hello");
  await until(() => expect(chat.find('[role="log"]').getAttribute("aria-live")).toBe("polite"));
  return { chat, ...files };
}

/** The text of the last message, as a screen reader reads it. */
function readLast(chat: View): string {
  const bubble = chat.findAll(".bubble").at(-1)?.cloneNode(true) as HTMLElement;
  for (const hidden of bubble.querySelectorAll("[aria-hidden='true']")) hidden.remove();
  return bubble.textContent ?? "";
}

describe("formatting", () => {
  it("renders the owner's text as elements and leaves the visitor's text as typed", async () => {
    await using chat = await openWidget();
    const own = await chat.send("**Mine** and `code`");
    expect(own.querySelector(".bubble")?.innerHTML).toBe('<p dir="auto">**Mine** and `code`</p>');
    chat.server.reply(REPLY);
    const bubble = (await chat.message(SHOWN)).querySelector(".bubble") as HTMLElement;
    expect(bubble.querySelector("strong")?.textContent).toBe("free");
    expect([...bubble.querySelectorAll("a")].map(({ href }) => href)).toEqual([
      "https://example.com/shop",
      "https://example.org/",
    ]);
    expect([...bubble.querySelectorAll("li")].map(({ textContent }) => textContent)).toEqual([
      "by rail",
      "by sea",
    ]);
  });

  it("applies to the welcome text", async () => {
    const server = createFakeBff();
    server.config = { ...server.config, welcomeMessage: "**Hi!** See https://example.com" };
    await using chat = await openWidget({}, server);
    const welcome = chat.find('[data-message-id="welcome"]');
    await until(() => expect(welcome.querySelector("strong")?.textContent).toBe("Hi!"));
    expect(welcome.querySelector("a")?.href).toBe("https://example.com/");
    expect(welcome.textContent).toBe("Hi! See https://example.com");
  });

  it.each([false, "false", "off", "0"])("is disabled by %j, except for links", async (formatting) => {
    const { chat, asked, release } = await startConversation({ formatting });
    await using _ = chat;
    release();
    chat.server.reply("**a** https://example.com");
    const message = await chat.message("**a** https://example.com");
    await until(() => expect(message.querySelectorAll(".bubble a")).toHaveLength(1));
    expect(asked).toEqual(["find-links"]);
  });

  it.each([{}, { formatting: true }, { formatting: "" }])("is enabled by %j", async (options) => {
    await using chat = await openWidget(options);
    await chat.send("Hello");
    chat.server.reply("**a**");
    await chat.message("a");
  });

  it("can be switched off and on at run time", async () => {
    await using chat = await openWidget();
    await chat.send("Hello");
    chat.server.reply("**a**");
    await chat.message("a");
    chat.widget.update({ formatting: false });
    await chat.message("**a**");
    chat.widget.update({ formatting: true });
    await chat.message("a");
  });

  it("loads with the first text that may be formatted, which is shown as written until then", async () => {
    const { chat, asked, release } = await startConversation();
    await using _ = chat;
    await chat.send("*My own*, 2 * 3");
    chat.server.reply("Nothing special: 5 - 3, (a)");
    await chat.message("Nothing special: 5 - 3, (a)");
    expect(asked).toEqual([]);
    chat.server.reply("**a**");
    await chat.message("**a**");
    expect(asked).toEqual(["format-text"]);
    release();
    await chat.message("a");
  });

  it("is announced once, without its markers", async () => {
    const { chat, release } = await startConversation();
    await using _ = chat;
    const log = chat.find('[role="log"]');
    const read = new Set<string>();
    const observer = new MutationObserver(() =>
      read.add(`${log.getAttribute("aria-live")}: ${readLast(chat)}`),
    );
    observer.observe(log, { childList: true, subtree: true, characterData: true, attributes: true });
    chat.server.reply(REPLY);
    await chat.message(REPLY);
    await untilRendered();
    expect([...read].at(-1)).toBe("polite: ");
    release();
    await chat.message(SHOWN);
    await untilRendered();
    observer.disconnect();
    expect([...read]).toEqual(["polite: ", `polite: ${SHOWN}`]);
  });

  it("is not announced for history, even if it loads late", async () => {
    const server = createFakeBff();
    const before = await openWidget({}, server);
    await before.send("Hello");
    server.reply("**a**");
    await before.message("a");
    before.widget.destroy();

    const { load, release } = holdFiles();
    await using chat = mountWidget({}, server, loadCore, load);
    chat.widget.open();
    await chat.message("**a**");
    await until(() => expect(chat.widget.state.connection).toBe("online"));
    const log = chat.find('[role="log"]');
    const live: (string | null)[] = [];
    const observer = new MutationObserver(() => {
      if (chat.findAll("strong").length > 0) live.push(log.getAttribute("aria-live"));
    });
    observer.observe(log, { childList: true, subtree: true });
    release();
    await chat.message("a");
    expect(live).toEqual(["off"]);
    observer.disconnect();
    await until(() => expect(log.getAttribute("aria-live")).toBe("polite"));
  });

  it("shows all texts as written if its code cannot be loaded", async () => {
    const { chat } = await startConversation();
    await using _ = chat;
    chat.server.reply("**a**");
    const message = await chat.message("**a**");
    expect(message.querySelector("[aria-hidden='true']")).toBeTruthy();
    await until(() => expect(readLast(chat)).toBe("**a**"));
  });

  it("is not shown in a preview", async () => {
    const { chat, release } = await startConversation();
    await using _ = chat;
    chat.widget.close();
    chat.server.reply("**First**");
    chat.server.reply("Second: plain");
    await until(() => expect(chat.textOf(".teaser")).toContain("Second: plain"));
    release();
    await untilRendered();
    expect(chat.textOf(".teaser")).toContain("Second: plain");
    chat.server.reply(REPLY);
    await until(() =>
      expect(chat.textOf(".teaser [dir]")).toBe(
        "It is free, see our shop or https://example.org:\n• by rail\n• by sea",
      ),
    );
  });

  it("is not shown in a notification", async () => {
    const shown: string[] = [];
    class FakeNotification {
      static permission = "default";
      static async requestPermission() {
        return "granted";
      }
      constructor(_: string, { body }: NotificationOptions) {
        shown.push(`${body}`);
      }
    }
    await using chat = await openWidget();
    await chat.send("Hello");
    vi.stubGlobal("Notification", FakeNotification);
    chat.button("More options").click();
    await until(() => chat.findAll('[role^="menuitem"]').length > 0);
    chat
      .findAll('[role^="menuitem"]')
      .find(({ textContent }) => textContent?.includes("notifications"))
      ?.click();
    vi.spyOn(document, "hidden", "get").mockReturnValue(true);
    chat.server.reply("**Now** on `sale`");
    await until(() => expect(shown).toEqual(["Now on sale"]));
  });

  it("is left as written in the transcript and in events", async () => {
    await using chat = await openWidget();
    await chat.send("Hello");
    const received = vi.fn();
    chat.widget.on("message", received);
    chat.server.reply("**a**");
    await chat.message("a");
    expect(received).toHaveBeenCalledWith(expect.objectContaining({ content: "**a**" }));
    const entry = { ...received.mock.calls[0]?.[0], key: "1", state: "sent", createdAtMs: 0 };
    expect(toTranscript([entry], en, "en")).toContain("**a**");
  });

  it("adds its style sheet once", async () => {
    await using chat = await openWidget();
    await chat.send("Hello");
    const before = chat.shadow.adoptedStyleSheets.length;
    for (const text of ["a", "b"]) {
      chat.server.reply(`**${text}**`);
      await chat.message(text);
    }
    expect(chat.shadow.adoptedStyleSheets).toHaveLength(before + 1);
  });
});
