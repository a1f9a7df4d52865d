import { afterEach, describe, expect, it, vi } from "vitest";
import type { ChatWidgetEvents } from "../../src/api/widget.ts";
import { loadLazy } from "../../src/chat/lazy-files.ts";
import { createLauncher } from "../../src/launcher/create-launcher.ts";
import { findRunning, HOST_TAG, type Running } from "../../src/launcher/host-element.ts";
import type { LoadCore } from "../../src/launcher/shell.ts";
import { toStorageKey } from "../../src/launcher/stored-keys.ts";
import { BASE_URL, createFakeBff } from "../client/fake-bff.ts";
import {
  connectPageTo,
  loadCore,
  mountWidget,
  openWidget,
  until,
  untilRendered,
  type View,
} from "./mount-widget.ts";

const never = () => new Promise<never>(() => {});

const host = () => document.querySelector<HTMLElement>(HOST_TAG);
const launcher = () => host()?.shadowRoot?.querySelector<HTMLButtonElement>('[part="launcher"]');

afterEach(() => {
  document.documentElement.lang = "";
  localStorage.clear();
  sessionStorage.clear();
});

describe("the loader's part of a widget", () => {
  it("restores its element after each re-render of the document, and gives up if the page removes it at once", async () => {
    const startMs = performance.now();
    const now = vi.spyOn(performance, "now");
    const widget = createLauncher({}, BASE_URL, never, loadLazy);
    for (let second = 1; second <= 300; second++) {
      now.mockReturnValue(startMs + second * 1_100);
      host()?.remove();
      await Promise.resolve();
      expect(host(), `after ${second} times`).not.toBeNull();
    }
    const remover = new MutationObserver(() => host()?.remove());
    remover.observe(document.documentElement, { childList: true });
    host()?.remove();
    await untilRendered();
    expect(host()).toBeNull();
    remover.disconnect();
    now.mockRestore();
    widget.destroy();
  });

  it("renders the launcher after the body at once and requests nothing", () => {
    const loadCore = vi.fn(never);
    const widget = createLauncher({}, BASE_URL, loadCore, loadLazy);
    expect(host()?.previousElementSibling).toBe(document.body);
    expect(launcher()?.getAttribute("aria-label")).toBe("Open chat");
    expect(widget.state).toEqual({
      open: false,
      visible: true,
      unread: 0,
      status: "unknown",
      connection: "idle",
    });
    expect(loadCore).not.toHaveBeenCalled();
    widget.destroy();
  });

  it("labels the launcher in the page's language unless the site sets another", () => {
    document.documentElement.lang = "fr-CA";
    const french = createLauncher({}, BASE_URL, never, loadLazy);
    expect(launcher()?.getAttribute("aria-label")).toBe("Ouvrir le chat");
    french.destroy();
    const german = createLauncher({ locale: "de" }, BASE_URL, never, loadLazy);
    expect(launcher()?.getAttribute("aria-label")).toBe("Chat öffnen");
    german.destroy();
  });

  it.each(["pointerover", "focus"])("loads the core on %s, once", (intent) => {
    const loadCore = vi.fn(never);
    const widget = createLauncher({}, BASE_URL, loadCore, loadLazy);
    launcher()?.dispatchEvent(new Event(intent));
    launcher()?.dispatchEvent(new Event(intent));
    expect(loadCore).toHaveBeenCalledOnce();
    widget.destroy();
  });

  it("loads the core for an existing conversation", () => {
    localStorage.setItem(`mailoo-chat:${BASE_URL}`, "{}");
    const loadCore = vi.fn(never);
    createLauncher({}, BASE_URL, loadCore, loadLazy).destroy();
    expect(loadCore).toHaveBeenCalledOnce();
  });

  it("loads the core for a first text that was written offline", () => {
    localStorage.setItem(`mailoo-chat:${BASE_URL}#out:1`, "{}");
    const loadCore = vi.fn(never);
    createLauncher({}, BASE_URL, loadCore, loadLazy).destroy();
    expect(loadCore).toHaveBeenCalledOnce();
  });

  it("[STORAGE-2] clears all keys of its own base URL, and no others, before the core has loaded", async () => {
    const keys = ["", "#out:1", "#read", "#ui", "#teaser", "#draft"].map(
      (suffix) => `mailoo-chat:${BASE_URL}${suffix}`,
    );
    for (const key of [...keys, `mailoo-chat:${BASE_URL}-support`, `mailoo-chat:${BASE_URL}-support#out:1`]) {
      localStorage.setItem(key, "{}");
      sessionStorage.setItem(key, "{}");
    }
    const server = createFakeBff();
    connectPageTo(server);
    const widget = createLauncher({}, BASE_URL, loadCore, loadLazy);
    widget.identify({ name: "Ada" });
    const sent = widget.send("Of the visitor before");
    widget.reset();
    for (const storage of [localStorage, sessionStorage]) {
      expect(Object.keys(storage).sort()).toEqual([
        `mailoo-chat:${BASE_URL}-support`,
        `mailoo-chat:${BASE_URL}-support#out:1`,
      ]);
    }
    await expect(sent).rejects.toMatchObject({ code: "discarded" });
    await widget.send("Of the next");
    expect(server.submits.map(({ content, visitor }) => [content, visitor])).toEqual([["Of the next", {}]]);
    widget.destroy();
  });

  it("reports that the core failed to load, and retries on the next request", async () => {
    connectPageTo(createFakeBff());
    const load = vi.fn(loadCore).mockRejectedValueOnce(new Error("offline"));
    const widget = createLauncher({}, BASE_URL, load, loadLazy);
    const errors: unknown[] = [];
    widget.on("error", ({ code }) => errors.push(code));
    await expect(widget.send("Hello")).rejects.toMatchObject({ code: "not-loaded" });
    expect(errors).toEqual(["not-loaded"]);
    widget.open();
    await untilRendered();
    expect(widget.state.open).toBe(true);
    widget.destroy();
  });

  it("reports that the core failed to start, and retries on the next click", async () => {
    connectPageTo(createFakeBff());
    const cause = new TypeError("a page's own Map");
    const brokenCore: LoadCore = async () => [
      {
        mountChat() {
          throw cause;
        },
      },
      null,
    ];
    const load = vi.fn(loadCore).mockImplementationOnce(brokenCore);
    const widget = createLauncher({}, BASE_URL, load, loadLazy);
    const errors: unknown[] = [];
    widget.on("error", (error) => errors.push(error));
    launcher()?.click();
    await untilRendered();
    expect(errors).toEqual([expect.objectContaining({ code: "not-loaded", cause })]);
    launcher()?.click();
    await untilRendered();
    expect(widget.state.open).toBe(true);
    widget.destroy();
  });

  it("shows that the core is loading or has failed to load, until the next click", async () => {
    connectPageTo(createFakeBff());
    let fail: (error: Error) => void = () => {};
    const failing = new Promise<never>((_, reject) => {
      fail = reject;
    });
    const load = vi.fn(loadCore).mockReturnValueOnce(failing);
    const widget = createLauncher({ locale: "de" }, BASE_URL, load, loadLazy);
    const alert = () => host()?.shadowRoot?.querySelector<HTMLElement>('[role="alert"]');
    const isBusy = () => launcher()?.getAttribute("aria-busy");
    expect(isBusy()).toBeNull();
    launcher()?.dispatchEvent(new Event("pointerover"));
    expect(isBusy()).toBe("true");
    launcher()?.click();
    fail(new Error("offline"));
    await untilRendered();
    expect(isBusy()).toBeNull();
    expect(alert()?.textContent).toBe("⚠ Chat öffnen ↻");
    alert()?.click();
    await untilRendered();
    expect(alert()).toBeNull();
    expect(widget.state.open).toBe(true);
    widget.destroy();
  });

  it("shows no load error to a visitor who has not opened the chat", async () => {
    const load = vi.fn(() => Promise.reject(new Error("offline")));
    const widget = createLauncher({}, BASE_URL, load, loadLazy);
    launcher()?.dispatchEvent(new Event("pointerover"));
    await untilRendered();
    expect(load).toHaveBeenCalledOnce();
    expect(host()?.shadowRoot?.querySelector('[role="alert"]')).toBeNull();
    widget.destroy();
  });

  it("removes copies of its own element", () => {
    const copies = ["", "/2"].map((suffix) => {
      const copy = document.createElement(HOST_TAG);
      copy.id = `mailoo-chat:${BASE_URL}${suffix}`;
      document.body.append(copy);
      return copy;
    });
    const widgets = [
      createLauncher({}, BASE_URL, never, loadLazy),
      createLauncher({}, BASE_URL, never, loadLazy),
    ];
    expect(copies.map(({ isConnected }) => isConnected)).toEqual([false, true]);
    expect(document.querySelectorAll(HOST_TAG)).toHaveLength(3);
    for (const widget of widgets) widget.destroy();
    copies[1]?.remove();
  });

  it("restores its element when the page removes it", async () => {
    const widget = createLauncher({}, BASE_URL, never, loadLazy);
    host()?.remove();
    await vi.waitFor(() => expect(host()).not.toBeNull());
    widget.destroy();
    await untilRendered();
    expect(host()).toBeNull();
  });

  it("sets options as custom properties, with bare numbers as pixels", () => {
    const widget = createLauncher(
      { zIndex: 5, offsetX: "12", offsetY: "1rem", accent: "#c00" },
      BASE_URL,
      never,
      loadLazy,
    );
    const style = host()?.style;
    expect(
      ["z-index", "offset-x", "offset-y", "accent", "radius"].map((name) =>
        style?.getPropertyValue(`--mailoo-chat-${name}`),
      ),
    ).toEqual(["5", "12px", "1rem", "#c00", ""]);
    widget.destroy();
  });

  it("emits ready to subscribers, also late ones, and on window", async () => {
    const received: string[] = [];
    addEventListener("mailoo-chat:ready", () => received.push("window"), { once: true });
    const widget = createLauncher({}, BASE_URL, never, loadLazy);
    widget.on("ready", () => received.push("early"));
    await untilRendered();
    widget.on("ready", () => received.push("late"));
    await untilRendered();
    expect(received.sort()).toEqual(["early", "late", "window"]);
    widget.destroy();
  });
});

describe("a widget", () => {
  it("emits events to subscribers and on window until they unsubscribe", async () => {
    await using chat = await openWidget();
    const received: unknown[] = [];
    const names = ["open", "close", "message", "unread", "status", "connection", "session"] as const;
    const listeners = names.map((name) => {
      const listener = (detail: ChatWidgetEvents[typeof name]) => received.push([name, detail]);
      chat.widget.on(name, listener);
      return [name, listener] as const;
    });
    const onWindow: unknown[] = [];
    const record = ({ detail }: Event & { readonly detail?: unknown }) => onWindow.push(detail);
    addEventListener("mailoo-chat:unread", record);

    await chat.send("Hello");
    await until(() => expect(received).toContainEqual(["connection", { state: "online" }]));
    chat.widget.close();
    chat.server.reply("Hi");
    await until(() => expect(received).toContainEqual(["unread", { count: 1 }]));
    chat.server.push({ type: "status", status: "away" });
    await until(() => expect(received).toContainEqual(["status", { status: "away" }]));
    expect(received).toContainEqual(["session", { active: true }]);
    expect(received).toContainEqual(["close", null]);
    expect(received.filter((entry) => (entry as [string])[0] === "message")).toEqual([
      ["message", expect.objectContaining({ author: "owner", content: "Hi" })],
    ]);
    expect(onWindow).toEqual([{ count: 1 }]);

    removeEventListener("mailoo-chat:unread", record);
    for (const [name, listener] of listeners) chat.widget.off(name, listener);
    const before = received.length;
    chat.server.reply("Again");
    await until(() => expect(chat.widget.state.unread).toBe(2));
    expect(received).toHaveLength(before);
  });

  it("emits an error for a failed message once", async () => {
    await using chat = await openWidget();
    const codes: string[] = [];
    chat.widget.on("error", ({ code }) => codes.push(code));
    chat.server.submitOutcomes.push({ status: 400, code: "invalid_request" });
    await expect(chat.widget.send("Refused")).rejects.toMatchObject({ code: "invalid_request" });
    await chat.send("Accepted");
    expect(codes).toEqual(["invalid_request"]);
  });

  it("stays open while it is hidden and shown again", async () => {
    await using chat = await openWidget();
    chat.widget.hide();
    expect(chat.widget.state).toMatchObject({ visible: false, open: true });
    chat.widget.show();
    expect(chat.widget.state).toMatchObject({ visible: true, open: true });
  });

  it("clears the draft on a reset in this tab or another", async () => {
    await using chat = await openWidget();
    const box = () => chat.find("textarea") as HTMLTextAreaElement;
    await chat.send("Hello");
    chat.type("Half a thought");
    expect(Object.values(sessionStorage).join()).toContain("Half a thought");
    chat.widget.reset();
    await until(() => expect(box().value).toBe(""));
    expect(sessionStorage).toHaveLength(0);

    await chat.send("Hello again");
    chat.type("Another thought");
    localStorage.clear();
    dispatchEvent(Object.assign(new Event("storage"), { key: null }));
    await until(() => expect(box().value).toBe(""));
    expect(sessionStorage).toHaveLength(0);
  });

  it("keeps a draft written after the page has cleared its storage", async () => {
    await using chat = await openWidget();
    await chat.send("Hello");
    localStorage.clear();
    chat.type("A new thought");
    dispatchEvent(Object.assign(new Event("storage"), { key: null }));
    await until(() => expect(chat.findAll('[data-author="visitor"]')).toHaveLength(0));
    expect((chat.find("textarea") as HTMLTextAreaElement).value).toBe("A new thought");
  });

  it("does not show the previous visitor's draft if their conversation ended while the page was frozen or closed", async () => {
    const server = createFakeBff();
    const begin = (sessionPublicId: string) =>
      localStorage.setItem(
        `mailoo-chat:${BASE_URL}`,
        JSON.stringify({
          v: 1,
          visitorKey: sessionPublicId,
          token: `token-${sessionPublicId}`,
          sessionPublicId,
        }),
      );
    const box = (chat: View) => chat.find("textarea") as HTMLTextAreaElement;
    {
      begin("s1");
      await using chat = await openWidget({}, server);
      chat.type("Of the visitor before");
      begin("s2");
      dispatchEvent(Object.assign(new Event("storage"), { key: `mailoo-chat:${BASE_URL}` }));
      await until(() => expect(box(chat).value).toBe(""));
      chat.type("Of the next visitor");
    }
    begin("s3");
    await using chat = await openWidget({}, server);
    expect(box(chat).value).toBe("");
    expect(sessionStorage).toHaveLength(0);
  });

  it("stays closed despite startOpen if the page closes it before the core has loaded", async () => {
    await using chat = mountWidget({ startOpen: true });
    chat.widget.close();
    await untilRendered();
    expect(chat.widget.state.open).toBe(false);
    chat.widget.open();
    expect(chat.widget.state.open).toBe(true);
  });

  it("opens for a visitor who clicks again while the core is loading", async () => {
    await using chat = mountWidget();
    chat.button("Open chat").click();
    chat.button("Open chat").click();
    await untilRendered();
    expect(chat.widget.state.open).toBe(true);
    chat.button("Close chat").click();
    expect(chat.widget.state.open).toBe(false);
  });

  it("marks a message as read only if the visitor can see it", async () => {
    await using chat = await openWidget();
    await chat.send("Hello");
    const { title } = document;
    chat.widget.hide();
    chat.server.reply("While hidden");
    await until(() => expect(document.title).toContain("(1)"));
    expect(chat.widget.state.unread).toBe(1);
    chat.widget.show();
    expect(chat.widget.state.unread).toBe(0);
    await until(() => expect(document.title).toBe(title));
  });

  it("emits no unread event while the visitor sees the panel", async () => {
    await using chat = await openWidget();
    await chat.send("Hello");
    const emitted: number[] = [];
    chat.widget.on("unread", ({ count }) => emitted.push(count));
    chat.server.reply("Seen at once");
    await chat.message("Seen at once");
    await untilRendered();
    expect(emitted).toEqual([]);
    vi.spyOn(document, "hidden", "get").mockReturnValue(true);
    chat.server.reply("Not yet");
    await until(() => expect(emitted).toEqual([1]));
  });

  it("accepts calls from subscribers, such as closing the panel when everything is read", async () => {
    await using chat = await openWidget();
    await chat.send("Hello");
    chat.widget.close();
    const emitted: string[] = [];
    for (const name of ["open", "close"] as const) chat.widget.on(name, () => emitted.push(name));
    chat.widget.on("unread", ({ count }) => {
      emitted.push(`${count} unread`);
      if (count === 0) chat.widget.close();
    });
    chat.server.reply("Hi");
    await until(() => expect(emitted).toEqual(["1 unread"]));
    // Slow enough to separate the events from each other.
    let now = performance.now();
    const slow = vi.spyOn(performance, "now").mockImplementation(() => (now += 20));
    chat.widget.open();
    slow.mockRestore();
    await until(() => expect(chat.widget.state).toMatchObject({ open: false, unread: 0 }));
    await untilRendered();
    const { classList } = chat.find(".panel").closest(".root") as HTMLElement;
    expect([...classList]).not.toContain("opened");
    expect(chat.find('[part="launcher"]').getAttribute("aria-label")).toBe("Open chat");
    expect(emitted).toEqual(["1 unread", "open", "0 unread", "close"]);
  });

  it("does not open while it is hidden", async () => {
    await using chat = await openWidget();
    chat.widget.close();
    chat.widget.hide();
    chat.widget.open();
    chat.widget.toggle();
    expect(chat.widget.state).toMatchObject({ visible: false, open: false });
    chat.widget.show();
    expect(chat.widget.state).toMatchObject({ visible: true, open: false });
  });

  it("opens on a double-click on the launcher and stays open", async () => {
    await using chat = await openWidget();
    chat.widget.close();
    const launcher = chat.find('[part="launcher"]');
    for (const detail of [1, 2]) launcher.dispatchEvent(new MouseEvent("click", { detail, bubbles: true }));
    expect(chat.widget.state.open).toBe(true);
    launcher.dispatchEvent(new MouseEvent("click", { detail: 1, bubbles: true }));
    expect(chat.widget.state.open).toBe(false);
  });

  it("keeps its open state from the previous page in a conversation, unless it would cover the screen", async () => {
    const server = createFakeBff();
    const leave = () => dispatchEvent(new Event("pagehide"));
    const isOpenAgain = async () => {
      await using chat = mountWidget({}, server);
      await until(() => chat.find(".badge"));
      return chat.widget.state.open;
    };
    {
      await using _ = await openWidget({}, server);
      leave();
    }
    expect(sessionStorage, "without a conversation nothing is kept").toHaveLength(0);
    {
      await using chat = await openWidget({}, server);
      await chat.send("Hello");
      leave();
    }
    expect(await isOpenAgain()).toBe(true);
    const screen = vi
      .spyOn(globalThis, "matchMedia")
      .mockImplementation(() => Object.assign(new EventTarget(), { matches: true }) as MediaQueryList);
    expect(await isOpenAgain()).toBe(false);
    screen.mockRestore();
    {
      await using chat = await openWidget({}, server);
      chat.widget.close();
      leave();
    }
    expect(await isOpenAgain()).toBe(false);
  });

  it("stays closed once the visitor has closed a panel with startOpen, until they open it", async () => {
    const startOpen = true;
    const isOpen = async () => {
      await using chat = mountWidget({ startOpen });
      await until(() => chat.find(".badge"));
      return chat.widget.state.open;
    };
    expect(await isOpen()).toBe(true);
    {
      await using chat = await openWidget({ startOpen });
      chat.widget.close();
    }
    expect(await isOpen(), "closed by the page").toBe(true);
    {
      await using chat = await openWidget({ startOpen });
      chat.button("Minimise").click();
    }
    expect(await isOpen(), "closed by the visitor").toBe(false);
  });

  it("forwards the visitor's identity given before or after the core has loaded", async () => {
    await using chat = mountWidget();
    chat.widget.identify({ name: "Ada" });
    await chat.widget.send("Before");
    chat.widget.identify({ email: "ada@example.com" });
    await chat.widget.send("After");
    expect(chat.server.submits.map(({ visitor }) => visitor)).toEqual([
      { name: "Ada" },
      { name: "Ada", email: "ada@example.com" },
    ]);
  });

  it("keeps one listener on its abort signal, regardless of the number of messages", async () => {
    const server = createFakeBff();
    connectPageTo(server);
    const widget = createLauncher({}, BASE_URL, loadCore, loadLazy);
    const { destroyed } = findRunning(toStorageKey(BASE_URL)) as Required<Running>;
    /** Active listeners on the abort signal, removed when their own signal aborts. */
    const waiting = new Set<unknown>();
    const add = vi.spyOn(destroyed as AbortSignal, "addEventListener");
    const countWaiting = () => {
      for (const [, listener, options] of add.mock.calls.splice(0)) {
        waiting.add(listener);
        const { signal } = (options ?? {}) as AddEventListenerOptions;
        signal?.addEventListener("abort", () => waiting.delete(listener));
      }
      return waiting.size;
    };
    await widget.send("Hello");
    await until(() => expect(widget.state.connection).toBe("online"));
    const receive = async (count: number) => {
      server.reply(`${count}`);
      await until(() => expect(document.title).toContain(`(${count})`));
    };
    await receive(1);
    const before = countWaiting();
    for (let count = 2; count <= 10; count += 1) {
      await receive(count);
      countWaiting();
    }
    expect(countWaiting()).toBe(before);
    widget.destroy();
  });

  it("leaves nothing behind after repeated mounting and destroying", async () => {
    const before = { nodes: document.querySelectorAll("*").length, title: document.title };
    const added = [vi.spyOn(document, "addEventListener"), vi.spyOn(window, "addEventListener")];
    const observed = vi.spyOn(MutationObserver.prototype, "observe");
    const disconnected = vi.spyOn(MutationObserver.prototype, "disconnect");
    const server = createFakeBff();
    for (let life = 0; life < 20; life += 1) {
      const chat = await openWidget({}, server);
      chat.type("a draft");
      chat.widget.destroy();
      chat.widget.destroy();
    }
    expect(document.querySelectorAll("*").length).toBe(before.nodes);
    expect(document.title).toBe(before.title);
    expect(observed.mock.contexts.length).toBeGreaterThanOrEqual(20);
    expect(new Set(disconnected.mock.contexts)).toEqual(new Set(observed.mock.contexts));
    // Listeners outside of the element are bound to its abort signal.
    const listeners = added.flatMap((spy) => spy.mock.calls);
    expect(listeners.length).toBeGreaterThan(0);
    for (const [, , options] of listeners) expect(options).toMatchObject({ signal: { aborted: true } });
  });

  it("refuses to send once it is destroyed", async () => {
    const chat = await openWidget();
    chat.widget.destroy();
    await expect(chat.widget.send("Hello")).rejects.toMatchObject({ code: "closed" });
    chat.widget.open();
    expect(host()).toBeNull();
  });
});
