import { describe, expect, it, vi } from "vitest";
import { toEntry } from "./fake-client.ts";
import { mountWidget, untilDrawn } from "./mount-widget.ts";

describe("the panel", () => {
  it("is a dialog named by its title, with a log, a text box and its buttons", async () => {
    await using chat = await mountWidget();
    const dialog = chat.find('[role="dialog"]');
    expect(chat.find(`#${dialog.getAttribute("aria-labelledby")}`).textContent).toBe("Chat");
    expect(dialog.getAttribute("aria-modal")).toBe("false");
    expect(chat.find('[role="log"]').getAttribute("aria-label")).toBe("Conversation");
    expect(chat.find("textarea").getAttribute("aria-label")).toBe("Message");
    for (const name of ["Send", "Minimise", "More options", "Close chat"])
      expect(chat.button(name)).toBeTruthy();
  });

  it("takes title and subtitle from the options", async () => {
    await using chat = await mountWidget({ title: "Help desk", subtitle: "Answers in an hour" });
    expect(chat.find("h2").textContent).toBe("Help desk");
    expect(chat.find("header").textContent).toContain("Answers in an hour");
  });

  it("greets with the welcome text, as a system message", async () => {
    await using chat = await mountWidget();
    const welcome = chat.find('[data-message-id="welcome"]');
    expect(welcome.textContent).toBe("Welcome!");
    expect(welcome.dataset).toMatchObject({ author: "system", state: "sent" });
  });

  it("shows each message with its id, author and state", async () => {
    await using chat = await mountWidget({
      state: {
        timeline: [
          toEntry({ id: "m1", author: "owner", authorName: "Maria", content: "Hi" }),
          toEntry({ id: "m2", content: "Hello" }),
          toEntry({ id: "c3", content: "More", state: "waiting" }),
        ],
      },
    });
    const rows = chat.findAll("[data-message-id]").slice(1);
    expect(rows.map(({ dataset }) => ({ ...dataset }))).toEqual([
      { messageId: "m1", author: "owner", state: "sent" },
      { messageId: "m2", author: "visitor", state: "sent" },
      { messageId: "c3", author: "visitor", state: "waiting" },
    ]);
    expect(rows[0]?.textContent).toContain("Maria");
    expect(rows[2]?.textContent).toContain("Waiting to send");
  });

  it("keeps the element of a message when it is confirmed under another id", async () => {
    await using chat = await mountWidget({
      state: { timeline: [toEntry({ id: "c1", key: "c1", state: "sending" })] },
    });
    const before = chat.find('[data-message-id="c1"]');
    chat.client.update({ timeline: [toEntry({ id: "m9", key: "c1" })] });
    await untilDrawn();
    expect(chat.find('[data-message-id="m9"]')).toBe(before);
  });

  it("offers Retry and Discard for a message that failed", async () => {
    await using chat = await mountWidget({
      state: { timeline: [toEntry({ id: "c1", state: "failed", failure: "network" })] },
    });
    expect(chat.find('[role="status"]').textContent).toContain("Not sent");
    chat.button("Retry").click();
    chat.button("Discard").click();
    expect(chat.client.calls.slice(-2)).toEqual([
      ["retry", "c1"],
      ["discard", "c1"],
    ]);
  });

  it("shows text as text, and makes links of safe addresses only", async () => {
    const content =
      "See https://example.com/a?b=1, <img src=x onerror=alert(1)> javascript:alert(1) me@example.com.";
    await using chat = await mountWidget({ state: { timeline: [toEntry({ id: "m1", content })] } });
    const bubble = chat.find('[data-message-id="m1"] .bubble');
    expect(bubble.textContent).toBe(content);
    expect(bubble.querySelector("img")).toBeNull();
    const links = [...bubble.querySelectorAll("a")];
    expect(links.map((link) => link.getAttribute("href"))).toEqual([
      "https://example.com/a?b=1",
      "mailto:me@example.com",
    ]);
    for (const link of links) expect(link).toMatchObject({ target: "_blank", rel: "noopener noreferrer" });
  });

  it("speaks of trouble in a status region, and of nothing while all is well", async () => {
    await using chat = await mountWidget();
    const status = chat.find('[role="status"]');
    expect(status.textContent).toBe("");
    chat.client.update({ notice: { kind: "offline" } });
    await untilDrawn();
    expect(status.textContent).toBe("Connection lost. Reconnecting…");
    chat.client.update({ notice: { kind: "rate-limited", retryInMs: 1000 } });
    await untilDrawn();
    expect(status.textContent).toBe("That was quick. One moment, please…");
    chat.client.update({ notice: null, status: "away" });
    await untilDrawn();
    expect(status.textContent).toContain("away");
  });

  it("offers a new conversation when this one has ended", async () => {
    await using chat = await mountWidget({
      state: { notice: { kind: "ended", reason: "session-closed" } },
    });
    expect(chat.findAll("textarea")).toEqual([]);
    await vi.waitFor(() => chat.button("Start a new conversation"));
    chat.button("Start a new conversation").click();
    expect(chat.client.calls.map(([name]) => name)).toEqual(["open", "reset", "identify", "open"]);
  });

  it("offers none where the site may not use the chat", async () => {
    await using chat = await mountWidget({
      state: { notice: { kind: "ended", reason: "origin-not-allowed" } },
    });
    await vi.waitFor(() => expect(chat.find(".ended").textContent).toBe("The chat is not available here."));
    expect(chat.findAll(".ended button")).toEqual([]);
  });

  it("writes the time of a message as the visitor's region does", async () => {
    const createdAtMs = new Date(2026, 2, 30, 21, 5).getTime();
    await using chat = await mountWidget({ state: { timeline: [toEntry({ id: "m1", createdAtMs })] } });
    expect(navigator.languages[0]).toBe("en-US");
    expect(chat.find("time").textContent).toMatch(/^9:05\sPM$/);
  });

  it("shows the drawn avatar where the site's picture cannot be loaded", async () => {
    await using chat = await mountWidget({ avatar: "https://example.com/gone.png" });
    const picture = chat.find(".avatar img");
    expect(picture.getAttribute("src")).toBe("https://example.com/gone.png");
    picture.dispatchEvent(new Event("error"));
    await vi.waitFor(() => chat.find(".avatar svg"));
    expect(chat.findAll(".avatar img")).toEqual([]);
  });

  it("shows the rest where one part throws, and reports it", async () => {
    const reported: unknown[] = [];
    vi.stubGlobal("reportError", (error: unknown) => reported.push(error));
    await using chat = await mountWidget({
      state: {
        timeline: [
          toEntry({ id: "m1", content: "One" }),
          toEntry({ id: "m2", content: "Two", createdAtMs: Number.NaN }),
          toEntry({ id: "m3", content: "Three" }),
        ],
      },
    });
    expect(chat.findAll(".message .bubble").map(({ textContent }) => textContent)).toEqual([
      "Welcome!",
      "One",
      "Two",
      "Three",
    ]);
    chat.type("and on");
    await untilDrawn();
    expect(chat.button("Send").disabled).toBe(false);
    expect(reported).toEqual([expect.any(RangeError)]);
    vi.unstubAllGlobals();
  });

  it.each([["en-US@posix"], ["en_US"], ["C"]])("is shown where the browser's language is %s", async (tag) => {
    const languages = vi.spyOn(navigator, "languages", "get").mockReturnValue([tag]);
    await using chat = await mountWidget({ locale: "en", state: { timeline: [toEntry({ id: "m1" })] } });
    expect(chat.find('[data-message-id="m1"] time').textContent).toMatch(/\d:\d\d/);
    languages.mockRestore();
  });

  it("marks days and the first unread message", async () => {
    await using chat = await mountWidget({
      state: {
        firstUnreadId: "m2",
        timeline: [
          toEntry({ id: "m1", createdAtMs: Date.parse("2026-05-04T12:00:00Z") }),
          toEntry({ id: "m2", author: "owner", createdAtMs: Date.parse("2026-05-06T12:00:00Z") }),
        ],
      },
    });
    expect(chat.findAll(".line, .unread").map(({ textContent }) => textContent)).toEqual([
      "May 4, 2026",
      "May 6, 2026",
      "New",
    ]);
  });

  it("closes on Escape and gives the focus back to the launcher", async () => {
    await using chat = await mountWidget();
    chat.find("textarea").focus();
    chat.press("Escape");
    await untilDrawn();
    expect(chat.widget.state.open).toBe(false);
    expect(chat.shadow.activeElement).toBe(chat.find('[part="launcher"]'));
    expect(chat.find('[part="launcher"]').getAttribute("aria-label")).toBe("Open chat");
  });

  it("keeps what is typed from the page's shortcuts", async () => {
    await using chat = await mountWidget();
    const heard: string[] = [];
    const hear = (event: KeyboardEvent) => heard.push(event.key);
    document.addEventListener("keydown", hear);
    chat.press("s");
    chat.press("Escape");
    document.removeEventListener("keydown", hear);
    expect(heard).toEqual([]);
  });

  it("ends a conversation only after a question", async () => {
    await using chat = await mountWidget({ state: { hasSession: true, timeline: [toEntry({ id: "m1" })] } });
    chat.button("More options").click();
    await vi.waitFor(() => chat.find('[role="menu"]'));
    expect(chat.findAll('[role="menuitem"]').map(({ textContent }) => textContent)).toContain(
      "Download transcript",
    );
    chat.button("End conversation").click();
    await vi.waitFor(() => chat.find('[role="alertdialog"]'));
    expect(chat.client.calls.map(([name]) => name)).not.toContain("reset");
    chat.button("End conversation").click();
    expect(chat.client.calls.map(([name]) => name)).toContain("reset");
  });

  it("tells the launcher's name how many messages are unread while it is closed", async () => {
    await using chat = await mountWidget();
    chat.widget.close();
    chat.client.receive({ content: "Are you there?" });
    await untilDrawn();
    expect(chat.find('[part="launcher"]').getAttribute("aria-label")).toBe("Open chat, 1 unread message");
    chat.client.receive({ content: "Hello?" });
    await untilDrawn();
    expect(chat.find('[part="launcher"]').getAttribute("aria-label")).toBe("Open chat, 2 unread messages");
    expect(chat.find(".badge").textContent).toBe("2");
    chat.widget.open();
    await untilDrawn();
    expect(chat.client.calls.map(([name]) => name)).toContain("markRead");
    expect(chat.find(".badge").textContent).toBe("");
  });

  it("has a log that is live for what comes while it is open, and not for the history", async () => {
    await using chat = await mountWidget({
      state: { connection: { name: "connecting", transport: "socket", attempt: 1 }, hasSession: true },
    });
    const log = chat.find('[role="log"]');
    chat.client.update({
      connection: { name: "online", transport: "socket" },
      timeline: [toEntry({ id: "m1", author: "owner" })],
    });
    await untilDrawn();
    expect(log.getAttribute("aria-live")).toBe("off");
    chat.client.receive({ content: "News" });
    await untilDrawn();
    expect(log.getAttribute("aria-live")).toBe("polite");
    chat.widget.close();
    chat.widget.open();
    expect(log.getAttribute("aria-live")).toBe("off");
  });

  it("does not announce a text again when the file that makes links of it has come", async () => {
    await using chat = await mountWidget({
      state: { connection: { name: "online", transport: "socket" }, hasSession: true },
    });
    const log = chat.find('[role="log"]');
    const drawn: [live: string | null, links: number][] = [];
    new MutationObserver(() =>
      drawn.push([log.getAttribute("aria-live"), chat.findAll(".bubble a").length]),
    ).observe(log, { childList: true, subtree: true });
    chat.client.receive({ content: "See https://example.com/a" });
    await vi.waitFor(() => expect(chat.findAll(".bubble a")).toHaveLength(1));
    await untilDrawn();
    expect(drawn).toEqual([
      ["polite", 0],
      ["off", 1],
    ]);
    chat.client.receive({ content: "And https://example.com/b" });
    await untilDrawn();
    expect(drawn.at(-1)).toEqual(["polite", 2]);
  });

  it("lets the site replace texts", async () => {
    await using chat = await mountWidget({ strings: { send: "Post" } });
    expect(chat.button("Post")).toBeTruthy();
  });
});
