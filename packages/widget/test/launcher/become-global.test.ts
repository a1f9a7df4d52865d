import { afterEach, describe, expect, it } from "vitest";
import type { ChatWidget } from "../../src/api/widget.ts";
import { loadLazy } from "../../src/chat/lazy-files.ts";
import { becomeGlobal, isGlobalFree } from "../../src/launcher/become-global.ts";
import { createLauncher } from "../../src/launcher/create-launcher.ts";
import { findRunning } from "../../src/launcher/host-element.ts";
import { toStorageKey } from "../../src/launcher/stored-keys.ts";

const never = () => new Promise<never>(() => {});

/** Registers the global as the script tag does. */
function runTag(bff = "https://chat.example.test"): ChatWidget {
  const baseUrl = `${bff}/api/v1/webhooks/chat`;
  const widget = createLauncher({}, baseUrl, never, loadLazy);
  if (isGlobalFree()) becomeGlobal(findRunning(toStorageKey(baseUrl)));
  return widget;
}

const isVisible = () => window.MailooChat?.("state") as { visible: boolean };

afterEach(() => {
  window.MailooChat?.destroy?.();
  delete window.MailooChat;
});

describe("the global", () => {
  it("queues calls after destroy() until a new tag runs, also through a kept reference", () => {
    runTag();
    const kept = window.MailooChat;
    kept?.destroy?.();
    window.MailooChat?.("show");
    kept?.("hide");
    expect([...(window.MailooChat?.q ?? [])]).toEqual([["show"], ["hide"]]);

    runTag();
    expect(isVisible()).toMatchObject({ visible: false });
    kept?.("show");
    expect(isVisible()).toMatchObject({ visible: true });
  });

  it("does not destroy the next widget on a second destroy()", () => {
    runTag();
    window.MailooChat?.("destroy");
    window.MailooChat?.("destroy");
    window.MailooChat?.destroy?.();
    runTag();
    expect(isGlobalFree()).toBe(false);
  });

  it("controls a new widget although a widget of another server is on the page", () => {
    runTag();
    const other = runTag("https://other.example.test");
    window.MailooChat?.destroy?.();
    runTag();
    window.MailooChat?.("hide");
    expect(isVisible()).toMatchObject({ visible: false });
    other.destroy();
  });

  it("queues calls that the page's stub received after destroy()", () => {
    const stub = Object.assign(() => {}, { q: [["destroy"], ["hide"]] as [string][] });
    window.MailooChat = stub;
    runTag();
    expect([...(window.MailooChat?.q ?? [])]).toEqual([["hide"]]);
  });
});
