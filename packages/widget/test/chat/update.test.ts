import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { ChatWidgetOptions } from "../../src/api/options.ts";
import { mountChat } from "../../src/chat/mount.tsx";
import de from "../../src/i18n/de.ts";
import he from "../../src/i18n/he.ts";
import type { Strings } from "../../src/i18n/strings.ts";
import { HOST_TAG } from "../../src/launcher/host-element.ts";
import type { LoadCore } from "../../src/launcher/shell.ts";
import { createFakeBff } from "../client/fake-bff.ts";
import { mountWidget, openWidget, until, untilRendered, type View } from "./mount-widget.ts";

const LOCALES: Readonly<Record<string, Strings>> = { de, he };

const loadLocales: LoadCore = async (locale) => [{ mountChat }, LOCALES[locale] ?? null];

const host = () => document.querySelector(HOST_TAG) as HTMLElement;
const root = (chat: View) => chat.find("div");
const composerName = (chat: View) => chat.find("textarea").getAttribute("aria-label");

function warnings(): () => readonly string[] {
  const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
  return () => warned.mock.calls.map(([text]) => /"(.*?)"/.exec(`${text}`)?.[1] ?? `${text}`);
}

describe("update()", () => {
  it("changes texts, picture and look of an open panel, and null restores the default", async () => {
    await using chat = await openWidget();
    chat.type("A draft");
    const box = chat.find("textarea");
    box.focus();
    chat.widget.update({
      title: "Help desk",
      subtitle: "Every day",
      avatar: "https://shop.example/maria.png",
      strings: { send: "Go" },
      suggestions: ["Where is my parcel?"],
      theme: "dark",
      position: "left",
      accent: "#0b5fff",
      radius: 4,
    });
    const shown = () => ({
      title: chat.textOf("#title"),
      subtitle: chat.textOf(".names p"),
      pictures: chat.findAll("img").length,
      send: chat.find(".send").getAttribute("aria-label"),
      suggestions: chat.textOf(".suggestions"),
      isDark: root(chat).classList.contains("dark"),
      isLeft: root(chat).classList.contains("left"),
      accent: host().style.getPropertyValue("--mailoo-chat-accent"),
      radius: host().style.getPropertyValue("--mailoo-chat-radius"),
    });
    await untilRendered();
    expect(shown()).toEqual({
      title: "Help desk",
      subtitle: "Every day",
      pictures: 2,
      send: "Go",
      suggestions: "Where is my parcel?",
      isDark: true,
      isLeft: true,
      accent: "#0b5fff",
      radius: "4px",
    });
    const names = "title subtitle avatar strings suggestions theme position accent radius".split(" ");
    chat.widget.update(Object.fromEntries(names.map((name, at) => [name, at % 2 ? null : undefined])));
    await untilRendered();
    expect(shown()).toEqual({
      title: "Chat",
      subtitle: expect.any(String),
      pictures: 0,
      send: "Send",
      suggestions: "",
      isDark: false,
      isLeft: false,
      accent: "",
      radius: "",
    });
    expect(chat.find("textarea")).toBe(box);
    expect(box).toHaveProperty("value", "A draft");
    expect(chat.shadow.activeElement).toBe(box);
    expect(chat.widget.state.open).toBe(true);
  });

  it("applies to the core if it is called before the core has loaded", async () => {
    await using chat = mountWidget({}, createFakeBff(), loadLocales);
    chat.widget.update({ title: "Help desk", locale: "de" });
    chat.widget.open();
    await until(() => expect(chat.textOf("#title")).toBe("Help desk"));
    expect(composerName(chat)).toBe(de.message);
  });

  it("replaces the page's own launchers", async () => {
    const buttons = ["a", "b"].map((name) => {
      const button = Object.assign(document.createElement("button"), { className: name });
      document.body.append(button);
      onTestFinished(() => button.remove());
      return button;
    });
    const click = (at: number) => buttons[at]?.click();
    await using chat = await openWidget({ launcher: ".a" });
    expect(chat.findAll('[part="launcher"]')).toEqual([]);
    chat.widget.update({ launcher: ".b" });
    await untilRendered();
    click(0);
    expect(chat.widget.state.open).toBe(true);
    click(1);
    expect(chat.widget.state.open).toBe(false);
    chat.widget.update({ launcher: null });
    await untilRendered();
    click(1);
    expect(chat.widget.state.open).toBe(false);
    chat.find('[part="launcher"]').click();
    expect(chat.widget.state.open).toBe(true);
    expect(root(chat).classList.contains("bare")).toBe(false);
  });

  it("applies hideOn for another path, and startOpen", async () => {
    await using chat = mountWidget();
    chat.widget.update({ hideOn: location.pathname });
    await until(() => expect(chat.widget.state.visible).toBe(false));
    chat.widget.update({ hideOn: "/elsewhere", startOpen: true });
    await until(() => expect(chat.widget.state).toMatchObject({ visible: true, open: true }));
    chat.widget.update({ hideOn: location.pathname });
    await until(() => expect(chat.widget.state.visible).toBe(false));
    chat.widget.update({ hideOn: null });
    await until(() => expect(chat.widget.state.visible).toBe(true));
  });

  it("changes or removes the greeting", async () => {
    await using chat = mountWidget({ teaser: "Hello", teaserDelayMs: 0 });
    await until(() => expect(chat.textOf(".teaser")).toBe("Hello"));
    chat.widget.update({ teaser: "Can we help?" });
    await until(() => expect(chat.textOf(".teaser")).toBe("Can we help?"));
    chat.widget.update({ teaser: null });
    await until(() => expect(chat.findAll(".teaser")).toEqual([]));
  });

  it("warns about invalid options by name and never throws", async () => {
    const warned = warnings();
    await using chat = await openWidget();
    chat.widget.update({
      bff: "https://elsewhere.example",
      launcher: "]",
      position: "top",
      acent: "red",
      strings: "{",
    } as unknown as ChatWidgetOptions);
    for (const nothing of [null, undefined, "title", 7, []]) chat.widget.update(nothing as never);
    await untilRendered();
    expect(warned().toSorted()).toEqual(["acent", "bff", "launcher", "position", "strings"]);
    chat.widget.update({ title: "Help desk" });
    await untilRendered();
    expect(warned().length).toBe(5);
    expect(chat.findAll('[part="launcher"]').length).toBe(1);
  });
});

it("changes, requests and fires nothing after destroy()", async () => {
  const load = vi.fn(loadLocales);
  await using chat = await openWidget({}, createFakeBff(), load);
  chat.widget.close();
  const fired = vi.fn();
  chat.widget.on("open", fired);
  chat.widget.destroy();
  load.mockClear();
  chat.widget.update({ locale: "de", startOpen: true, title: "Late" });
  await untilRendered();
  expect([fired, load].map(({ mock }) => mock.calls)).toEqual([[], []]);
  expect(chat.shadow.textContent).not.toContain("Late");
});

describe("a locale that changes", () => {
  it("keeps the texts until the new ones have loaded; the last call wins", async () => {
    const arrive = new Map<string, () => void>();
    const load: LoadCore = async (locale) => {
      if (locale !== "en") await new Promise<void>((resolve) => arrive.set(locale, resolve));
      return loadLocales(locale);
    };
    await using chat = await openWidget({}, createFakeBff(), load);
    chat.type("A draft");
    chat.widget.update({ locale: "he" });
    chat.widget.update({ locale: "de" });
    await untilRendered();
    expect(composerName(chat)).toBe("Message");
    expect(root(chat).lang).toBe("en");
    arrive.get("de")?.();
    await until(() => expect(composerName(chat)).toBe(de.message));
    arrive.get("he")?.();
    await untilRendered();
    expect(composerName(chat)).toBe(de.message);
    expect(root(chat).lang).toBe("de");
    expect(chat.find('[part="launcher"]').getAttribute("aria-label")).toBe(de.closeChat);
    expect(chat.find("textarea")).toHaveProperty("value", "A draft");
    chat.widget.update({ locale: "he" });
    chat.widget.update({ locale: "de" });
    arrive.get("he")?.();
    await untilRendered();
    expect(root(chat).lang).toBe("de");
  });

  it("requests the server's texts in that language", async () => {
    await using chat = await openWidget({}, createFakeBff(), loadLocales);
    const fetched = vi.spyOn(globalThis, "fetch");
    const requested = () => fetched.mock.calls.map(([url]) => new URL(`${url}`));
    chat.widget.update({ locale: "de" });
    await until(() => expect(requested().map(({ search }) => search)).toEqual(["?locale=de"]));
    chat.widget.update({ title: "Hilfe" });
    await untilRendered();
    expect(requested().length).toBe(1);
  });

  it("keeps the previous texts if the new ones cannot be loaded", async () => {
    await using chat = await openWidget({ locale: "de" }, createFakeBff(), loadLocales);
    chat.widget.update({ locale: "fr" });
    await untilRendered();
    expect(composerName(chat)).toBe(de.message);
    expect(root(chat).lang).toBe("de");
    chat.widget.update({ locale: "en" });
    await until(() => expect(composerName(chat)).toBe("Message"));
  });

  it('follows the language and direction of <html> with "auto" until the widget is destroyed', async () => {
    const page = document.documentElement;
    onTestFinished(() => {
      for (const name of ["lang", "dir"]) page.removeAttribute(name);
    });
    page.lang = "de";
    const loaded = vi.fn(loadLocales);
    await using chat = await openWidget({ locale: "auto" }, createFakeBff(), loaded);
    expect([root(chat).lang, root(chat).dir]).toEqual(["de", "ltr"]);
    page.lang = "he-IL";
    await until(() => expect(composerName(chat)).toBe(he.message));
    expect([root(chat).lang, root(chat).dir]).toEqual(["he", "rtl"]);
    page.dir = "ltr";
    await until(() => expect(root(chat).dir).toBe("ltr"));
    chat.widget.update({ locale: "he" });
    await until(() => expect(root(chat).dir).toBe("rtl"));
    page.lang = "en";
    await untilRendered();
    expect(root(chat).lang).toBe("he");
    chat.widget.update({ locale: "auto" });
    await until(() => expect(root(chat).lang).toBe("en"));
    chat.widget.destroy();
    loaded.mockClear();
    page.lang = "de";
    await untilRendered();
    expect(loaded).not.toHaveBeenCalled();
  });
});
