import { onTestFinished, vi } from "vitest";
import type { ChatWidgetOptions } from "../../src/api/options.ts";
import type { ChatWidget } from "../../src/api/widget.ts";
// Loaded up front, so that no test waits for a lazy chunk.
import "../../src/chat/find-links.ts";
import { type LoadLazy, loadLazy } from "../../src/chat/lazy-files.ts";
import { mountChat } from "../../src/chat/mount.tsx";
import "../../src/formatting/format-text.ts";
import { createLauncher } from "../../src/launcher/create-launcher.ts";
import { HOST_TAG } from "../../src/launcher/host-element.ts";
import "../../src/page-options/follow-options.ts";
import type { LoadCore } from "../../src/launcher/shell.ts";
import { BASE_URL, createFakeBff, type FakeBff } from "../client/fake-bff.ts";
import { createFakeNetwork } from "../client/fake-network.ts";

/** A widget on the page, and the visitor's actions. Removed at the end of the test's scope. */
export interface View extends AsyncDisposable {
  readonly widget: ChatWidget;
  readonly server: FakeBff;
  readonly shadow: ShadowRoot;
  /** Returns the first match; throws if there is none. */
  find(selector: string): HTMLElement;
  findAll(selector: string): readonly HTMLElement[];
  textOf(selector: string): string;
  /** Name by `aria-label`, or else by text. */
  button(name: string): HTMLButtonElement;
  /** Types into the text box as a visitor does. */
  type(text: string): HTMLTextAreaElement;
  press(key: string, init?: KeyboardEventInit): KeyboardEvent;
  /** Sends a text through the text box; resolves when it is shown as sent. */
  send(text: string): Promise<HTMLElement>;
  /** The message with this text, once it is shown. */
  message(text: string): Promise<HTMLElement>;
}

export const loadCore: LoadCore = async () => [{ mountChat }, null];

/** Waits for a condition, with a generous limit for busy machines. */
export function until<T>(condition: () => T): Promise<T> {
  return vi.waitFor(condition, { timeout: 12_000, interval: 10 });
}

/** Preact renders and the core loads in microtasks; one turn of the event loop runs after all of them. */
export function untilRendered(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** Routes the page's requests to this server until the end of the test, then clears the page's storage. */
export function connectPageTo(server: FakeBff): void {
  onTestFinished(() => {
    localStorage.clear();
    sessionStorage.clear();
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });
  const { fetch, WebSocket } = createFakeNetwork(server, () => 2);
  vi.stubGlobal("fetch", fetch);
  vi.stubGlobal("WebSocket", WebSocket);
}

/** Replaces each text node by an element with another text, as a browser's translator does. */
export function translate(element: HTMLElement): void {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const texts: Text[] = [];
  while (walker.nextNode()) texts.push(walker.currentNode as Text);
  for (const text of texts) {
    const font = document.createElement("font");
    font.textContent = `translated: ${text.data}`;
    text.replaceWith(font);
  }
}

/** A widget with an open panel and a loaded configuration. */
export async function openWidget(
  options: ChatWidgetOptions = {},
  server: FakeBff = createFakeBff(),
  load: LoadCore = loadCore,
): Promise<View> {
  const view = mountWidget(options, server, load);
  view.widget.open();
  await until(() => view.find('[data-message-id="welcome"]'));
  await untilRendered();
  return view;
}

export function mountWidget(
  options: ChatWidgetOptions = {},
  server: FakeBff = createFakeBff(),
  load: LoadCore = loadCore,
  loadFile: LoadLazy = loadLazy,
): View {
  connectPageTo(server);
  const widget = createLauncher(options, BASE_URL, load, loadFile);
  const shadow = document.querySelector(HOST_TAG)?.shadowRoot;
  if (!shadow) throw new Error("no widget");

  const findAll = (selector: string) => [...shadow.querySelectorAll<HTMLElement>(selector)];
  const find = (selector: string) => {
    const [element] = findAll(selector);
    if (!element) throw new Error(`nothing matches ${selector} in ${shadow.innerHTML}`);
    return element;
  };
  const textBox = () => find("textarea") as HTMLTextAreaElement;

  function type(text: string): HTMLTextAreaElement {
    const box = textBox();
    box.value = text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    return box;
  }

  function press(key: string, init?: KeyboardEventInit): KeyboardEvent {
    const event = new KeyboardEvent("keydown", {
      key,
      bubbles: true,
      cancelable: true,
      composed: true,
      ...init,
    });
    textBox().dispatchEvent(event);
    return event;
  }

  function findMessage(text: string, state = ""): HTMLElement {
    const found = findAll(`[data-message-id]${state}`).find(
      (message) => message.querySelector(".bubble")?.textContent === text,
    );
    if (!found) throw new Error(`no message "${text}" in ${shadow?.innerHTML}`);
    return found;
  }

  return {
    widget,
    server,
    shadow,
    find,
    findAll,
    textOf: (selector) => find(selector).textContent ?? "",
    button(name) {
      const button = findAll("button").find(
        (candidate) => (candidate.getAttribute("aria-label") ?? candidate.textContent) === name,
      );
      if (!button) throw new Error(`no button "${name}" in ${shadow.innerHTML}`);
      return button as HTMLButtonElement;
    },
    type,
    press,
    async send(text) {
      type(text);
      press("Enter");
      return until(() => findMessage(text, '[data-state="sent"]'));
    },
    message: (text) => until(() => findMessage(text)),
    async [Symbol.asyncDispose]() {
      widget.destroy();
    },
  };
}
