import { describe, expect, it, vi } from "vitest";
import { BASE_URL, createFakeBff } from "../client/fake-bff.ts";
import { loadCore, mountWidget, openWidget, until, untilRendered } from "./mount-widget.ts";

const REFUSED = { status: 400, code: "invalid_request" } as const;

describe("the panel", () => {
  it("is a dialog named by its title, with a log, a text box and its buttons", async () => {
    await using chat = await openWidget();
    const dialog = chat.find('[role="dialog"]');
    expect(chat.textOf(`#${dialog.getAttribute("aria-labelledby")}`)).toBe("Chat");
    expect(dialog.getAttribute("aria-modal")).toBe("false");
    expect(chat.find('[role="log"]').getAttribute("aria-label")).toBe("Conversation");
    expect(chat.find("textarea").getAttribute("aria-label")).toBe("Message");
    for (const name of ["Send", "Minimise", "More options", "Close chat"])
      expect(chat.button(name)).toBeTruthy();
  });

  it("takes title, subtitle and texts from the options", async () => {
    await using chat = await openWidget({
      title: "Help desk",
      subtitle: "Answers in an hour",
      strings: { send: "Post" },
    });
    expect(chat.textOf("h2")).toBe("Help desk");
    expect(chat.textOf(".header")).toContain("Answers in an hour");
    expect(chat.button("Post")).toBeTruthy();
  });

  it("keeps the punctuation of an English title in place in an Arabic panel", async () => {
    await using chat = await openWidget({ locale: "ar", title: "Ask us!", subtitle: "We answer today." });
    expect([chat.textOf("#title bdi"), chat.textOf(".names p bdi")]).toEqual(["Ask us!", "We answer today."]);
  });

  it("shows the welcome text as a system message", async () => {
    await using chat = await openWidget();
    const welcome = chat.find('[data-message-id="welcome"]');
    expect(welcome.textContent).toBe("Welcome");
    expect(welcome.dataset).toMatchObject({ author: "system", state: "sent" });
  });

  it("shows a greeting without a welcome text, which is no message, and not in a conversation", async () => {
    const server = createFakeBff();
    server.config = { ...server.config, welcomeMessage: null };
    await using chat = mountWidget({}, server);
    chat.widget.open();
    await until(() => expect(chat.textOf(".welcome")).toContain("Hello! How can we help?"));
    expect(chat.textOf(".welcome")).toContain("We’re here and answer soon.");
    expect(chat.findAll("[data-message-id]")).toEqual([]);
    await chat.send("Hello");
    expect(chat.findAll(".welcome")).toEqual([]);
  });

  it("offers suggestions of the page for its path, else the server's, and sends one on a click", async () => {
    const server = createFakeBff();
    server.config = { ...server.config, suggestions: ["Where is my parcel?", "Do you ship to Norway?"] };
    await using chat = await openWidget({}, server);
    const offered = () => chat.findAll(".suggestions button").map(({ textContent }) => textContent);
    expect(offered()).toEqual(["Where is my parcel?", "Do you ship to Norway?"]);
    chat.button("Do you ship to Norway?").click();
    const message = await chat.message("Do you ship to Norway?");
    await until(() => expect(message.dataset.state).toBe("sent"));
    expect(offered()).toEqual([]);
  });

  it.each([
    [
      ["One", "Two"],
      ["One", "Two"],
    ],
    ['["One"]', ["One"]],
    [{ "/elsewhere": ["No"], "*": ["Yes"] }, ["Yes"]],
    [{ "/elsewhere": ["No"] }, ["Of the server"]],
    ["not JSON", ["Of the server"]],
    ['{"*": "no list"}', ["Of the server"]],
    ['["Yes", null]', ["Of the server"]],
    [["Yes", " "], ["Of the server"]],
    [
      ["1", "2", "3", "4", "5", "6"],
      ["1", "2", "3", "4", "5"],
    ],
  ])("takes the option suggestions %j", async (suggestions, offered) => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const server = createFakeBff();
    server.config = { ...server.config, suggestions: ["Of the server"] };
    await using chat = await openWidget({ suggestions }, server);
    expect(chat.findAll(".suggestions button").map(({ textContent }) => textContent)).toEqual(offered);
    expect(vi.mocked(console.warn).mock.calls.length > 0).toBe(
      /no list|not|null|" "|6/.test(JSON.stringify(suggestions)),
    );
    // Another render does not warn again.
    const warnings = vi.mocked(console.warn).mock.calls.length;
    server.push({ type: "status", status: "away" });
    chat.widget.close();
    chat.widget.open();
    await untilRendered();
    expect(vi.mocked(console.warn).mock.calls.length).toBe(warnings);
  });

  it("appends a text of the page to the text box and sends nothing", async () => {
    document.body.innerHTML = '<button id="ask" data-mailoo-text="About order 7:">Ask</button>';
    await using chat = mountWidget();
    document.querySelector<HTMLElement>("#ask")?.click();
    const box = () => chat.find("textarea") as HTMLTextAreaElement;
    await until(() => expect(box().value).toBe("About order 7:"));
    expect(chat.widget.state.open).toBe(true);
    chat.type("Hello");
    chat.widget.open({ text: "And order 8:" });
    await until(() => expect(box().value).toBe("Hello\n\nAnd order 8:"));
    chat.widget.open({ text: "And order 8:" });
    await untilRendered();
    expect(box().value).toBe("Hello\n\nAnd order 8:");
    expect(chat.server.submits).toEqual([]);
  });

  it("shows the welcome text in its first frame if the configuration loaded before the core", async () => {
    const server = createFakeBff();
    let releaseCore = () => {};
    const coreReleased = new Promise<void>((resolve) => {
      releaseCore = resolve;
    });
    await using chat = mountWidget({}, server, (locale) => coreReleased.then(() => loadCore(locale)));
    chat.widget.open();
    await until(() => expect(server.requests).toEqual(["GET /config"]));
    await untilRendered();
    const firstFrame = new Promise<string>((resolve) => {
      const observer = new MutationObserver(() => {
        if (!chat.findAll(".panel")[0]) return;
        observer.disconnect();
        resolve(chat.textOf('[data-message-id="welcome"] .bubble'));
      });
      observer.observe(chat.shadow, { childList: true, subtree: true });
    });
    releaseCore();
    expect(await firstFrame).toBe(server.config.welcomeMessage);
    await untilRendered();
    expect(server.requests).toEqual(["GET /config"]);
  });

  it("requests the configuration again if the panel is opened long after a hover", async () => {
    await using chat = mountWidget();
    chat.find("[part=launcher]").dispatchEvent(new Event("pointerover"));
    await until(() => expect(chat.server.requests).toEqual(["GET /config"]));
    await untilRendered();
    chat.server.config = { ...chat.server.config, welcomeMessage: "Good evening" };
    const now = Date.now;
    vi.spyOn(Date, "now").mockImplementation(() => now() + 61_000);
    chat.widget.open();
    await until(() => expect(chat.textOf('[data-message-id="welcome"] .bubble')).toBe("Good evening"));
    expect(chat.server.requests).toEqual(["GET /config", "GET /config"]);
  });

  it("requests the texts in its language", async () => {
    await using chat = mountWidget({ locale: "de" });
    const requested = vi.spyOn(globalThis, "fetch");
    chat.widget.open();
    await until(() =>
      expect(requested.mock.calls.map(([url]) => url)).toEqual([`${BASE_URL}/config?locale=de`]),
    );
  });

  it("shows the time of every message, and the state of only the newest own message", async () => {
    await using chat = await openWidget({ title: "Salt & Pine" });
    await chat.send("One");
    await chat.send("Two");
    chat.server.reply("Three");
    const third = await chat.message("Three");
    expect(chat.findAll(".state").map(({ textContent }) => textContent)).toEqual(["Sent"]);
    expect((await chat.message("Two")).textContent).toContain("Sent");
    expect(chat.findAll(".message time").length).toBe(3);
    expect(third.querySelector(".avatar")?.textContent).toBe("S");
  });

  it("shows each message with its id, author and state", async () => {
    await using chat = await openWidget();
    await chat.send("Hello");
    chat.server.reply("Hi", { authorName: "Maria" });
    const reply = await chat.message("Hi");
    expect(reply.textContent).toContain("Maria");
    chat.server.down = true;
    chat.type("More");
    chat.press("Enter");
    const more = await chat.message("More");
    await until(() => expect(more.dataset.state).toBe("waiting"));
    expect(more.textContent).toContain("Waiting to send");
    const rows = chat.findAll("[data-message-id]").slice(1);
    expect(rows.map(({ dataset: { author, state } }) => [author, state])).toEqual([
      ["visitor", "sent"],
      ["owner", "sent"],
      ["visitor", "waiting"],
    ]);
    expect(rows.slice(0, 2).map(({ dataset }) => dataset.messageId)).toEqual(["m1", "m2"]);
  });

  it("keeps the element of a message when it is confirmed under another id", async () => {
    await using chat = await openWidget();
    chat.type("Hello");
    chat.press("Enter");
    const element = await chat.message("Hello");
    expect(element.dataset.messageId).not.toBe("m1");
    await until(() => expect(chat.find('[data-message-id="m1"]').textContent).toContain("Sent"));
    expect(chat.find('[data-message-id="m1"]')).toBe(element);
  });

  it("offers Retry and Discard for a message that failed", async () => {
    await using chat = await openWidget();
    chat.server.submitOutcomes.push(REFUSED, REFUSED);
    for (const text of ["One", "Two"]) {
      chat.type(text);
      chat.press("Enter");
      const message = await chat.message(text);
      await until(() => expect(message.dataset.state).toBe("failed"));
    }
    expect(chat.textOf('[role="status"]')).toContain("Not sent");
    chat.button("Retry").click();
    await until(() => expect(chat.find('[data-message-id="m1"]').textContent).toContain("One"));
    chat.button("Discard").click();
    await until(() => expect(chat.findAll('[data-state="failed"]')).toEqual([]));
    expect(chat.findAll('[data-author="visitor"]')).toHaveLength(1);
  });

  it("shows a message that failed beside the launcher while the panel is closed, until it is dismissed", async () => {
    await using chat = await openWidget();
    chat.server.submitOutcomes.push(REFUSED);
    chat.widget.close();
    await expect(chat.widget.send("Lost?")).rejects.toMatchObject({ code: REFUSED.code });
    await until(() => expect(chat.textOf(".teaser .text")).toBe("Not sentLost?"));
    chat.find(".teaser .text").click();
    await until(() => expect(chat.findAll(".teaser")).toEqual([]));
    chat.widget.close();
    await until(() => chat.find(".teaser .dismiss").click());
    await until(() => expect(chat.findAll(".teaser")).toEqual([]));
    chat.widget.open();
    expect((await chat.message("Lost?")).dataset.state).toBe("failed");
  });

  it("shows text as text, and makes links of safe addresses only", async () => {
    const content =
      "See https://example.com/a?b=1, <img src=x onerror=alert(1)> javascript:alert(1) me@example.com.";
    await using chat = await openWidget();
    await chat.send("Hello");
    chat.server.reply(content);
    const bubble = (await chat.message(content)).querySelector(".bubble") as HTMLElement;
    await until(() => expect(bubble.querySelectorAll("a")).toHaveLength(2));
    expect(bubble.textContent).toBe(content);
    expect(bubble.querySelector("img")).toBeNull();
    const links = [...bubble.querySelectorAll("a")];
    expect(links.map((link) => link.getAttribute("href"))).toEqual([
      "https://example.com/a?b=1",
      "mailto:me@example.com",
    ]);
    for (const link of links) expect(link).toMatchObject({ target: "_blank", rel: "noopener noreferrer" });
  });

  it("shows trouble in a status region, which is empty otherwise", async () => {
    await using chat = await openWidget();
    const status = () => chat.textOf('[role="status"]');
    expect(status()).toBe("");
    chat.server.submitOutcomes.push({ status: 429, code: "rate_limited", retryAfter: 1 });
    const sent = chat.send("Hello");
    await until(() => expect(status()).toBe("That was quick. One moment, please…"));
    await sent;
    await until(() => expect(status()).toBe(""));
    await until(() => expect(chat.widget.state.connection).toBe("online"));
    chat.server.push({ type: "status", status: "away" });
    await until(() => expect(status()).toContain("away"));
    vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
    dispatchEvent(new Event("offline"));
    await until(() => expect(status()).toBe("Connection lost. Reconnecting…"));
  });

  it("hides the owner's status while offline or after the conversation has ended", async () => {
    await using chat = await openWidget();
    await chat.send("Hello");
    await until(() => expect(chat.widget.state.connection).toBe("online"));
    const presence = () => [chat.textOf(".names p"), chat.find(".avatar").className];
    expect(presence()).toEqual(["Online", "avatar online"]);
    const onLine = vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
    dispatchEvent(new Event("offline"));
    await until(() => expect(presence()).toEqual(["", "avatar unknown"]));
    onLine.mockReturnValue(true);
    dispatchEvent(new Event("online"));
    await until(() => expect(presence()).toEqual(["Online", "avatar online"]));
    chat.server.submitOutcomes.push({ status: 409, code: "session_closed" });
    chat.type("More");
    chat.press("Enter");
    await until(() => expect(presence()).toEqual(["", "avatar unknown"]));
  });

  it("offers a new conversation when the current one has ended", async () => {
    await using chat = await openWidget();
    await chat.send("One");
    chat.server.submitOutcomes.push({ status: 409, code: "session_closed" });
    chat.type("Two");
    chat.press("Enter");
    await until(() => chat.button("Start a new conversation"));
    expect(chat.findAll("textarea")).toEqual([]);
    chat.button("Start a new conversation").click();
    await until(() => chat.find("textarea"));
    await chat.send("Three");
    expect(chat.findAll('[data-author="visitor"]')).toHaveLength(1);
    expect(chat.server.sessions.size).toBe(2);
  });

  it.each(["Start a new conversation", "Retry"])(
    "keeps the unsent text of an ended conversation on %s",
    async (name) => {
      await using chat = await openWidget();
      await chat.send("One");
      chat.server.submitOutcomes.push({ status: 409, code: "session_closed" });
      chat.type("Two");
      chat.press("Enter");
      chat.type("half a thought");
      await until(() => chat.button("Start a new conversation"));
      chat.widget.send("Three").catch(() => {});
      await until(() => expect(chat.findAll('[data-state="failed"]')).toHaveLength(2));
      chat.button(name).click();
      await until(() =>
        expect((chat.find("textarea") as HTMLTextAreaElement).value).toBe("Two\n\nThree\n\nhalf a thought"),
      );
      expect(chat.findAll('[data-author="visitor"]')).toEqual([]);
      // The text is kept after a reload.
      expect(Object.values({ ...sessionStorage })).toEqual(["\nTwo\n\nThree\n\nhalf a thought"]);
      chat.press("Enter");
      await chat.message("Two\n\nThree\n\nhalf a thought");
    },
  );

  it("does not keep the unsent text if the visitor ends the conversation", async () => {
    await using chat = await openWidget();
    await chat.send("One");
    chat.server.submitOutcomes.push(REFUSED);
    chat.type("Two");
    chat.press("Enter");
    await until(() => chat.button("Retry"));
    chat.button("More options").click();
    await until(() => chat.find('[role="menu"]'));
    chat.button("End conversation").click();
    await until(() => chat.find('[role="alertdialog"]'));
    chat.button("End conversation").click();
    await until(() => expect(chat.findAll('[data-author="visitor"]')).toEqual([]));
    await untilRendered();
    expect((chat.find("textarea") as HTMLTextAreaElement).value).toBe("");
  });

  it("offers no new conversation if the site may not use the chat", async () => {
    await using chat = await openWidget();
    chat.server.submitOutcomes.push({ status: 403, code: "origin_not_allowed" });
    chat.type("Hello");
    chat.press("Enter");
    await until(() => expect(chat.textOf(".ended")).toBe("The chat is not available here."));
    expect(chat.findAll(".ended button")).toEqual([]);
  });

  it("shows an error, and logs the reason, if the server refuses the page's origin at once", async () => {
    const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
    vi.stubGlobal("origin", "https://shop.example");
    const server = createFakeBff();
    server.refusesOrigin = true;
    await using chat = mountWidget({}, server);
    const errors: unknown[] = [];
    chat.widget.on("error", ({ code }) => void errors.push(code));
    chat.widget.open();
    await until(() => expect(chat.textOf(".ended")).toBe("The chat is not available here."));
    expect(chat.textOf('[role="status"]')).toBe("");
    expect(errors).toEqual(["origin_not_allowed"]);
    expect(warned.mock.calls.map(([text]) => text)).toEqual([
      expect.stringMatching(/https:\/\/shop\.example.*MAILOO_CHAT_ALLOWED_ORIGINS/),
    ]);
    // The launcher's request and the client's own, which recognises the refusal.
    expect(server.requests).toEqual(["GET /config", "GET /config"]);
  });

  it("shows the default avatar if the site's picture cannot be loaded", async () => {
    await using chat = await openWidget({ avatar: "https://example.com/gone.png" });
    const pictures = chat.findAll(".avatar img");
    expect(pictures.map((picture) => picture.getAttribute("src"))).toEqual(
      Array(2).fill("https://example.com/gone.png"),
    );
    for (const picture of pictures) picture.dispatchEvent(new Event("error"));
    await until(() => expect(chat.findAll(".avatar svg").length).toBe(2));
    expect(chat.findAll(".avatar img")).toEqual([]);
  });

  it("shows the rest if one part throws, and reports it once", async () => {
    const reported: unknown[] = [];
    vi.stubGlobal("reportError", (error: unknown) => reported.push(error));
    await using chat = await openWidget();
    // A page has replaced this function, and its version fails for a message's time.
    vi.spyOn(Date.prototype, "toLocaleString").mockImplementation((_, options) => {
      if (options?.timeStyle) throw new RangeError("replaced");
      return "a day";
    });
    await chat.send("Hello");
    expect(chat.findAll(".message .bubble")).toHaveLength(2);
    chat.type("and on");
    await untilRendered();
    expect(chat.button("Send").disabled).toBe(false);
    expect(reported.length).toBeGreaterThan(0);
    expect(reported.every((error) => error instanceof RangeError)).toBe(true);
  });

  it.each([["en-US"], ["en-US@posix"], ["en_US"], ["C"]])(
    "formats the time of a message if the browser's language is %s",
    async (tag) => {
      vi.spyOn(navigator, "languages", "get").mockReturnValue([tag]);
      await using chat = await openWidget({ locale: "en" });
      await chat.send("Hello");
      chat.server.reply("Hi", { createdAt: new Date(2026, 2, 30, 21, 5).toISOString() });
      expect((await chat.message("Hi")).querySelector("time")?.textContent).toMatch(/^9:05\sPM$/);
    },
  );

  it("marks days and the first unread message", async () => {
    await using chat = await openWidget();
    await chat.send("Hello");
    chat.widget.close();
    chat.server.reply("Hi", { createdAt: "2026-05-04T12:00:00Z" });
    await until(() => expect(chat.widget.state.unread).toBe(1));
    chat.widget.open();
    await until(() =>
      expect(chat.findAll(".divider, .unread").map(({ textContent }) => textContent)).toEqual([
        "March 1, 2026",
        "May 4, 2026",
        "New",
      ]),
    );
  });

  it("closes on Escape and returns the focus to the launcher", async () => {
    await using chat = await openWidget();
    chat.find("textarea").focus();
    chat.press("Escape");
    await untilRendered();
    expect(chat.widget.state.open).toBe(false);
    expect(chat.shadow.activeElement).toBe(chat.find('[part="launcher"]'));
    expect(chat.find('[part="launcher"]').getAttribute("aria-label")).toBe("Open chat");
  });

  it("does not pass typed keys on to the page's shortcuts", async () => {
    await using chat = await openWidget();
    const received: string[] = [];
    const record = (event: KeyboardEvent) => received.push(event.key);
    document.addEventListener("keydown", record);
    chat.press("s");
    chat.press("Escape");
    document.removeEventListener("keydown", record);
    expect(received).toEqual([]);
  });

  it("offers no notifications if the browser has denied them", async () => {
    for (const [permission, offered] of [
      ["denied", 0],
      ["default", 1],
    ] as const) {
      await using chat = await openWidget();
      vi.stubGlobal("Notification", { permission });
      chat.button("More options").click();
      await until(() => chat.find('[role="menu"]'));
      const labels = chat.findAll('[role="menuitem"]').map(({ textContent }) => textContent);
      expect(labels.filter((label) => label === "Show desktop notifications")).toHaveLength(offered);
    }
  });

  it("ends a conversation only after confirmation", async () => {
    await using chat = await openWidget();
    await chat.send("Hello");
    chat.button("More options").click();
    await until(() => chat.find('[role="menu"]'));
    expect(chat.findAll('[role="menuitem"]').map(({ textContent }) => textContent)).toContain(
      "Download transcript",
    );
    chat.button("End conversation").click();
    await until(() => chat.find('[role="alertdialog"]'));
    expect(chat.findAll('[data-author="visitor"]')).toHaveLength(1);
    chat.button("End conversation").click();
    await until(() => expect(chat.findAll('[data-author="visitor"]')).toEqual([]));
  });

  it("keeps the focus in the panel when the focused element is removed", async () => {
    await using chat = await openWidget();
    chat.server.submitOutcomes.push(REFUSED);
    chat.type("Hello");
    chat.press("Enter");
    await until(() => chat.button("Retry"));
    chat.button("Retry").focus();
    chat.button("Retry").click();
    await until(() => expect(chat.findAll('[data-state="sent"][data-author="visitor"]')).toHaveLength(1));
    await until(() => expect(chat.shadow.activeElement).toBe(chat.find("textarea")));
  });

  it("never shows the unread count beside an open panel, not even briefly", async () => {
    await using chat = await openWidget();
    await chat.send("Hello");
    const shown: string[] = [];
    const look = () => shown.push(chat.textOf(".badge"));
    const observer = new MutationObserver(look);
    observer.observe(chat.find(".badge").parentElement as HTMLElement, { childList: true, subtree: true });
    chat.server.reply("Seen at once");
    await chat.message("Seen at once");
    await until(() => expect(chat.widget.state.unread).toBe(0));
    await untilRendered();
    look();
    observer.disconnect();
    expect(new Set(shown)).toEqual(new Set([""]));
  });

  it("includes the unread count in the launcher's name while closed", async () => {
    await using chat = await openWidget();
    await chat.send("Hello");
    chat.widget.close();
    const label = () => chat.find('[part="launcher"]').getAttribute("aria-label");
    chat.server.reply("Are you there?");
    await until(() => expect(label()).toBe("Open chat, 1 unread message"));
    chat.server.reply("Hello?");
    await until(() => expect(label()).toBe("Open chat, 2 unread messages"));
    expect(chat.textOf(".badge")).toBe("2");
    chat.widget.open();
    await until(() => expect(chat.textOf(".badge")).toBe(""));
    expect(label()).toBe("Close chat");
  });

  it("previews the newest message beside the launcher while closed, until it is opened or dismissed", async () => {
    await using chat = await openWidget();
    await chat.send("Hello");
    chat.widget.close();
    chat.server.reply("Are you there?", { authorName: "Maria" });
    await until(() => expect(chat.textOf(".teaser")).toBe("New message: MariaAre you there?"));
    expect(chat.find(".teaser").parentElement?.getAttribute("aria-live")).toBe("polite");
    chat.button("Dismiss").click();
    await until(() => expect(chat.findAll(".teaser")).toEqual([]));
    expect(chat.textOf(".badge")).toBe("1");
    expect(chat.shadow.activeElement).toBe(chat.find('[part="launcher"]'));
    // A dismissed preview neither suppresses the next one nor is stored as a dismissed greeting.
    expect(localStorage.getItem(`mailoo-chat:${BASE_URL}#teaser`)).toBeNull();
    chat.server.reply("Hello?");
    await until(() => expect(chat.textOf(".teaser")).toContain("SupportHello?"));
    chat.find(".teaser .text").click();
    await until(() => expect(chat.widget.state).toMatchObject({ open: true, unread: 0 }));
    await until(() => expect(chat.findAll(".teaser")).toEqual([]));
  });

  it("announces messages that arrive while it is open, but not the history", async () => {
    const server = createFakeBff();
    {
      await using chat = await openWidget({}, server);
      await chat.send("Hello");
    }
    await using chat = mountWidget({}, server);
    chat.widget.open();
    await until(() => chat.find('[role="log"]'));
    const log = chat.find('[role="log"]');
    const live: [texts: number, live: string | null][] = [];
    const observer = new MutationObserver(() =>
      live.push([chat.findAll(".bubble").length, log.getAttribute("aria-live")]),
    );
    observer.observe(log, { childList: true });
    await chat.message("Hello");
    // The region is live before the message arrives: text in a region that is not live yet is not announced.
    await until(() => expect(log.getAttribute("aria-live")).toBe("polite"));
    expect(live.filter(([texts]) => texts > 2)).toEqual([]);
    server.reply("News");
    await chat.message("News");
    await untilRendered();
    expect(live.filter(([texts]) => texts < 3).every(([, value]) => value === "off")).toBe(true);
    expect(live.at(-1)).toEqual([3, "polite"]);
    observer.disconnect();
  });
});
