import { afterEach, describe, expect, it, vi } from "vitest";
import type { ChatWidgetEvents } from "../../src/api/widget.ts";
import { mountChat } from "../../src/chat/mount.tsx";
import { createShell } from "../../src/launcher/create-launcher.ts";
import { HOST_TAG } from "../../src/launcher/host-element.ts";
import type { Core } from "../../src/launcher/shell.ts";
import { toStorageKey } from "../../src/launcher/stored-keys.ts";
import { createFakeBff } from "../client/fake-bff.ts";
import { createFakeClient, toEntry } from "./fake-client.ts";
import { BASE_URL, mountConversation, mountWidget, untilDrawn } from "./mount-widget.ts";

const never = {
  loadCore: () => new Promise<never>(() => {}),
  loadExtras: () => new Promise<never>(() => {}),
};

const host = () => document.querySelector<HTMLElement>(HOST_TAG);
const launcher = () => host()?.shadowRoot?.querySelector<HTMLButtonElement>('[part="launcher"]');

afterEach(() => {
  document.documentElement.lang = "";
  localStorage.clear();
});

describe("the loader's part of a widget", () => {
  it("comes back whenever a page renders its whole document anew, and gives in to one that removes it at once", async () => {
    const startMs = performance.now();
    const now = vi.spyOn(performance, "now");
    const widget = createShell({}, BASE_URL, never);
    for (let second = 1; second <= 300; second++) {
      now.mockReturnValue(startMs + second * 1_100);
      host()?.remove();
      await Promise.resolve();
      expect(host(), `after ${second} times`).not.toBeNull();
    }
    const remover = new MutationObserver(() => host()?.remove());
    remover.observe(document.documentElement, { childList: true });
    host()?.remove();
    await untilDrawn();
    expect(host()).toBeNull();
    remover.disconnect();
    now.mockRestore();
    widget.destroy();
  });

  it("renders a launcher behind the body at once, and fetches nothing", () => {
    const loadCore = vi.fn(never.loadCore);
    const widget = createShell({}, BASE_URL, { ...never, loadCore });
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

  it("names the launcher in the page's language, unless the site says another", () => {
    document.documentElement.lang = "fr-CA";
    const french = createShell({}, BASE_URL, never);
    expect(launcher()?.getAttribute("aria-label")).toBe("Ouvrir le chat");
    french.destroy();
    const german = createShell({ locale: "de" }, BASE_URL, never);
    expect(launcher()?.getAttribute("aria-label")).toBe("Chat öffnen");
    german.destroy();
  });

  it.each(["pointerover", "focus"])("fetches the core on %s, once", (intent) => {
    const loadCore = vi.fn(never.loadCore);
    const widget = createShell({}, BASE_URL, { ...never, loadCore });
    launcher()?.dispatchEvent(new Event(intent));
    launcher()?.dispatchEvent(new Event(intent));
    expect(loadCore).toHaveBeenCalledOnce();
    widget.destroy();
  });

  it("fetches the core for a conversation from before", () => {
    localStorage.setItem(`mailoo-chat:${BASE_URL}`, "{}");
    const loadCore = vi.fn(never.loadCore);
    createShell({}, BASE_URL, { ...never, loadCore }).destroy();
    expect(loadCore).toHaveBeenCalledOnce();
  });

  it("fetches the core for a first text that was written offline", () => {
    localStorage.setItem(`mailoo-chat:${BASE_URL}#out:1`, "{}");
    const loadCore = vi.fn(never.loadCore);
    createShell({}, BASE_URL, { ...never, loadCore }).destroy();
    expect(loadCore).toHaveBeenCalledOnce();
  });

  it("[STORAGE-2] forgets everything of its own base URL, and nothing else, before the core is there", async () => {
    const keys = ["", "#out:1", "#read", "#ui", "#teaser", "#draft"].map(
      (suffix) => `mailoo-chat:${BASE_URL}${suffix}`,
    );
    for (const key of [...keys, `mailoo-chat:${BASE_URL}-support`, `mailoo-chat:${BASE_URL}-support#out:1`]) {
      localStorage.setItem(key, "{}");
      sessionStorage.setItem(key, "{}");
    }
    const client = createFakeClient();
    const core: Core = {
      mountChat: (shell, strings, visitor) => mountChat(shell, strings, visitor, () => client),
    };
    const widget = createShell({}, BASE_URL, { ...never, loadCore: async () => [core, null] });
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
    expect(client.calls).toEqual([["send", "Of the next"]]);
    widget.destroy();
    sessionStorage.clear();
  });

  it("tries again on the next wish after the core could not be had, and says so", async () => {
    const client = createFakeClient();
    const core: Core = {
      mountChat: (shell, strings, visitor) => mountChat(shell, strings, visitor, () => client),
    };
    const loadCore = vi.fn().mockRejectedValueOnce(new Error("offline")).mockResolvedValue([core, null]);
    const widget = createShell({}, BASE_URL, { ...never, loadCore });
    const errors: unknown[] = [];
    widget.on("error", ({ code }) => errors.push(code));
    await expect(widget.send("Hello")).rejects.toMatchObject({ code: "not-loaded" });
    expect(errors).toEqual(["not-loaded"]);
    widget.open();
    await untilDrawn();
    expect(widget.state.open).toBe(true);
    widget.destroy();
  });

  it("removes elements of its own that are only copies", () => {
    const copies = ["", "/2"].map((suffix) => {
      const copy = document.createElement(HOST_TAG);
      copy.id = `mailoo-chat:${BASE_URL}${suffix}`;
      document.body.append(copy);
      return copy;
    });
    const widgets = [createShell({}, BASE_URL, never), createShell({}, BASE_URL, never)];
    expect(copies.map(({ isConnected }) => isConnected)).toEqual([false, true]);
    expect(document.querySelectorAll(HOST_TAG)).toHaveLength(3);
    for (const widget of widgets) widget.destroy();
    copies[1]?.remove();
  });

  it("comes back when the page takes its element out", async () => {
    const widget = createShell({}, BASE_URL, never);
    host()?.remove();
    await vi.waitFor(() => expect(host()).not.toBeNull());
    widget.destroy();
    await untilDrawn();
    expect(host()).toBeNull();
  });

  it("puts options into custom properties, bare numbers as pixels", () => {
    const widget = createShell(
      { zIndex: 5, offsetX: "12", offsetY: "1rem", accent: "#c00" },
      BASE_URL,
      never,
    );
    const style = host()?.style;
    expect(
      ["z-index", "offset-x", "offset-y", "accent", "radius"].map((name) =>
        style?.getPropertyValue(`--mailoo-chat-${name}`),
      ),
    ).toEqual(["5", "12px", "1rem", "#c00", ""]);
    widget.destroy();
  });

  it("tells ready to listeners, late ones too, and to window", async () => {
    const heard: string[] = [];
    addEventListener("mailoo-chat:ready", () => heard.push("window"), { once: true });
    const widget = createShell({}, BASE_URL, never);
    widget.on("ready", () => heard.push("early"));
    await untilDrawn();
    widget.on("ready", () => heard.push("late"));
    await untilDrawn();
    expect(heard.sort()).toEqual(["early", "late", "window"]);
    widget.destroy();
  });
});

describe("a widget", () => {
  it("tells what happens, to listeners and to window, until they are taken off", async () => {
    await using chat = await mountWidget();
    const heard: unknown[] = [];
    const names = ["open", "close", "message", "unread", "status", "connection", "session"] as const;
    const listeners = names.map((name) => {
      const listener = (detail: ChatWidgetEvents[typeof name]) => heard.push([name, detail]);
      chat.widget.on(name, listener);
      return [name, listener] as const;
    });
    const onWindow: unknown[] = [];
    const hear = ({ detail }: Event & { readonly detail?: unknown }) => onWindow.push(detail);
    addEventListener("mailoo-chat:unread", hear);

    chat.widget.close();
    chat.client.receive({ id: "m1", content: "Hi" });
    chat.client.update({
      status: "away",
      connection: { name: "online", transport: "socket" },
      hasSession: true,
    });
    expect(heard).toEqual([
      ["close", null],
      ["unread", { count: 1 }],
      ["message", expect.objectContaining({ id: "m1", content: "Hi" })],
      ["status", { status: "away" }],
      ["connection", { state: "online" }],
      ["session", { active: true }],
    ]);
    expect(onWindow).toEqual([{ count: 1 }]);

    removeEventListener("mailoo-chat:unread", hear);
    for (const [name, listener] of listeners) chat.widget.off(name, listener);
    chat.client.receive({ content: "Again" });
    expect(heard).toHaveLength(6);
  });

  it("tells of a message that failed, once", async () => {
    await using chat = await mountWidget();
    const codes: string[] = [];
    chat.widget.on("error", ({ code }) => codes.push(code));
    const timeline = [toEntry({ id: "c1", state: "failed", failure: "rate_limited" })];
    chat.client.update({ timeline });
    chat.client.update({ timeline, unread: 3 });
    expect(codes).toEqual(["rate_limited"]);
  });

  it("is hidden and shown without being closed", async () => {
    await using chat = await mountWidget();
    chat.widget.hide();
    expect(chat.widget.state).toMatchObject({ visible: false, open: true });
    chat.widget.show();
    expect(chat.widget.state).toMatchObject({ visible: true, open: true });
  });

  it("forgets a draft on reset, and when another tab has reset", async () => {
    await using chat = await mountWidget({ state: { hasSession: true, sessionPublicId: "s1" } });
    const box = chat.type("Half a thought");
    expect(Object.values(sessionStorage).join()).toContain("Half a thought");
    chat.widget.reset();
    expect(box.value).toBe("");
    expect(sessionStorage).toHaveLength(0);
    chat.type("Another thought");
    chat.client.update({ hasSession: false, sessionPublicId: null });
    expect(box.value).toBe("");
    expect(sessionStorage).toHaveLength(0);
  });

  it("shows no draft of the visitor before, whose conversation has ended while the page slept or was away", async () => {
    const mountFor = (sessionPublicId: string) =>
      mountWidget({ state: { hasSession: true, sessionPublicId } });
    {
      await using chat = await mountFor("s1");
      const box = chat.type("Of the visitor before");
      chat.client.update({ sessionPublicId: "s2" });
      expect(box.value).toBe("");
      chat.type("Of the next visitor");
    }
    {
      await using chat = await mountFor("s3");
      expect(chat.find("textarea")).toHaveProperty("value", "");
      expect(sessionStorage).toHaveLength(0);
    }
  });

  it("has a message read only where the visitor can see it", async () => {
    await using chat = await mountWidget();
    const { title } = document;
    chat.widget.hide();
    chat.client.receive({ id: "m1", content: "While hidden" });
    await vi.waitFor(() => expect(document.title).toContain("(1)"));
    expect(chat.widget.state.unread).toBe(1);
    chat.widget.show();
    expect(chat.widget.state.unread).toBe(0);
    expect(document.title).toBe(title);
  });

  it("is not opened while it is hidden", async () => {
    await using chat = await mountWidget();
    chat.widget.close();
    chat.widget.hide();
    chat.widget.open();
    chat.widget.toggle();
    expect(chat.widget.state).toMatchObject({ visible: false, open: false });
    chat.widget.show();
    expect(chat.widget.state).toMatchObject({ visible: true, open: false });
  });

  it("is opened by a double-click on the launcher, and not closed again", async () => {
    await using chat = await mountWidget();
    chat.widget.close();
    const launcher = chat.find('[part="launcher"]');
    for (const detail of [1, 2]) launcher.dispatchEvent(new MouseEvent("click", { detail, bubbles: true }));
    expect(chat.widget.state.open).toBe(true);
    launcher.dispatchEvent(new MouseEvent("click", { detail: 1, bubbles: true }));
    expect(chat.widget.state.open).toBe(false);
  });

  it("is as open as on the page before, in a conversation, unless it would cover the screen", async () => {
    const state = { hasSession: true };
    const leave = () => dispatchEvent(new Event("pagehide"));
    const openedAgain = async () => {
      localStorage.setItem(toStorageKey(BASE_URL), "{}");
      await using chat = await mountWidget({ state, isClosed: true });
      return chat.widget.state.open;
    };
    {
      await using _ = await mountWidget({ state });
      leave();
    }
    expect(await openedAgain()).toBe(true);
    const screen = vi
      .spyOn(globalThis, "matchMedia")
      .mockImplementation(() => Object.assign(new EventTarget(), { matches: true }) as MediaQueryList);
    expect(await openedAgain()).toBe(false);
    screen.mockRestore();
    {
      await using chat = await mountWidget({ state });
      chat.widget.close();
      leave();
    }
    expect(await openedAgain()).toBe(false);
    {
      await using _ = await mountWidget();
      leave();
    }
    expect(await openedAgain(), "without a conversation nothing is kept").toBe(false);
    localStorage.clear();
  });

  it("stays closed where the visitor has closed a panel that opens by itself, until they open it", async () => {
    const startOpen = true;
    const isOpen = async () => {
      await using chat = await mountWidget({ startOpen, isClosed: true });
      return chat.widget.state.open;
    };
    expect(await isOpen()).toBe(true);
    {
      await using chat = await mountWidget({ startOpen });
      chat.widget.close();
    }
    expect(await isOpen(), "closed by the page").toBe(true);
    {
      await using chat = await mountWidget({ startOpen });
      chat.button("Minimise").click();
    }
    expect(await isOpen(), "closed by the visitor").toBe(false);
    localStorage.clear();
  });

  it("stays closed where the page closes it before the core is there, although it would open by itself", async () => {
    await using chat = mountConversation(createFakeBff(), { startOpen: true });
    chat.widget.close();
    await untilDrawn();
    expect(chat.widget.state.open).toBe(false);
    chat.widget.open();
    expect(chat.widget.state.open).toBe(true);
  });

  it("opens for an impatient visitor, who clicks again while the core is on its way", async () => {
    await using chat = mountConversation(createFakeBff());
    chat.button("Open chat").click();
    chat.button("Open chat").click();
    await untilDrawn();
    expect(chat.widget.state.open).toBe(true);
    chat.button("Close chat").click();
    expect(chat.widget.state.open).toBe(false);
  });

  it("passes on who the visitor is, told before or after the core is there", async () => {
    await using chat = await mountWidget();
    chat.widget.identify({ name: "Ada" });
    expect(chat.client.calls).toContainEqual(["identify", { name: "Ada" }]);

    const client = createFakeClient();
    const widget = createShell({}, `${BASE_URL}/2`, {
      ...never,
      loadCore: async () => [
        { mountChat: (shell, strings, visitor) => mountChat(shell, strings, visitor, () => client) },
        null,
      ],
    });
    widget.identify({ token: "signed" });
    await widget.send("Hello");
    expect(client.calls.slice(0, 2)).toEqual([
      ["identify", { token: "signed" }],
      ["send", "Hello"],
    ]);
    widget.destroy();
  });

  it("keeps one listener for its end, however many messages come", async () => {
    const client = createFakeClient();
    const core: Core = {
      mountChat: (shell, strings, visitor) => mountChat(shell, strings, visitor, () => client),
    };
    const stop = new AbortController();
    /** Listeners that wait for the end, each with the signal that takes it off. */
    const waiting = new Set<unknown>();
    const add = vi.spyOn(stop.signal, "addEventListener");
    const countWaiting = () => {
      for (const [, listener, options] of add.mock.calls.splice(0)) {
        waiting.add(listener);
        const { signal } = (options ?? {}) as AddEventListenerOptions;
        signal?.addEventListener("abort", () => waiting.delete(listener));
      }
      return waiting.size;
    };
    const chunks = { ...never, loadCore: async () => [core, null] as const };
    const widget = createShell({}, BASE_URL, chunks, stop);
    widget.open();
    await untilDrawn();
    widget.close();
    client.receive({ content: "1" });
    await vi.waitFor(() => expect(document.title).toContain("(1)"));
    const before = countWaiting();
    for (let count = 2; count <= 20; count += 1) {
      client.receive({ content: `${count}` });
      await vi.waitFor(() => expect(document.title).toContain(`(${count})`));
      countWaiting();
    }
    expect(countWaiting()).toBe(before);
    widget.destroy();
  });

  it("leaves nothing behind in a hundred lives", async () => {
    const before = { nodes: document.querySelectorAll("*").length, title: document.title };
    const added = [vi.spyOn(document, "addEventListener"), vi.spyOn(window, "addEventListener")];
    const observed = vi.spyOn(MutationObserver.prototype, "observe");
    const disconnected = vi.spyOn(MutationObserver.prototype, "disconnect");
    const clients = [];
    for (let life = 0; life < 100; life += 1) {
      const chat = await mountWidget();
      clients.push(chat.client);
      chat.type("a draft");
      chat.widget.destroy();
      chat.widget.destroy();
    }
    expect(document.querySelectorAll("*").length).toBe(before.nodes);
    expect(document.title).toBe(before.title);
    expect(clients.every(({ isClosed }) => isClosed)).toBe(true);
    expect(observed.mock.contexts.length).toBeGreaterThanOrEqual(100);
    expect(new Set(disconnected.mock.contexts)).toEqual(new Set(observed.mock.contexts));
    // What outlives the element is bound to its signal.
    const lasting = added.flatMap((spy) => spy.mock.calls);
    expect(lasting.length).toBeGreaterThan(0);
    for (const [, , options] of lasting) expect(options).toMatchObject({ signal: { aborted: true } });
    for (const spy of added) spy.mockRestore();
    observed.mockRestore();
    disconnected.mockRestore();
  });

  it("refuses to send once it is destroyed", async () => {
    const chat = await mountWidget();
    chat.widget.destroy();
    await expect(chat.widget.send("Hello")).rejects.toMatchObject({ code: "closed" });
    chat.widget.open();
    expect(host()).toBeNull();
  });
});
