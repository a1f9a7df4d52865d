import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createChatWidget } from "../../src/create-chat-widget.ts";
import { HOST_TAG } from "../../src/launcher/host-element.ts";

// A script tag and a call of the package on the same page.

const BFF = "https://chat.example.test";

const hosts = () => document.querySelectorAll(HOST_TAG).length;
const warned = vi.fn();

async function runTag(bff = BFF): Promise<void> {
  document.head.replaceChildren(Object.assign(document.createElement("script"), { type: "text/plain" }));
  document.querySelector("script")?.setAttribute("data-bff", bff);
  vi.resetModules();
  await import("../../src/script-tag.ts");
}

beforeEach(() => {
  vi.stubGlobal("__RELEASE__", "test");
  vi.stubGlobal("__IS_VERSIONED__", false);
  vi.spyOn(console, "warn").mockImplementation(warned);
  warned.mockClear();
});

afterEach(() => {
  window.MailooChat?.destroy?.();
  expect(hosts()).toBe(0);
  delete window.MailooChat;
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

it("createChatWidget() after a script tag returns the tag's widget with a warning", async () => {
  await runTag();
  const widget = createChatWidget({ bff: BFF });
  expect(hosts()).toBe(1);
  expect(warned).toHaveBeenCalledOnce();
  widget.hide();
  expect(window.MailooChat?.state?.visible).toBe(false);
});

it("a script tag after createChatWidget() makes the global control the first widget until that widget is destroyed", async () => {
  window.MailooChat = Object.assign(() => undefined, { q: [["hide"] as [string]] });
  const widget = createChatWidget({ bff: BFF });
  await runTag();
  expect(hosts()).toBe(1);
  expect(warned).toHaveBeenCalledOnce();
  expect(widget.state.visible).toBe(false);
  widget.destroy();
  window.MailooChat?.("show");
  expect(window.MailooChat?.q).toEqual([["show"]]);
});

it("a repeated tag causes no warning, and a tag for another server creates another widget", async () => {
  await runTag();
  await runTag();
  expect(hosts()).toBe(1);
  const other = createChatWidget({ bff: "https://other.example.test" });
  expect(hosts()).toBe(2);
  other.destroy();
  expect(warned).not.toHaveBeenCalled();
});
