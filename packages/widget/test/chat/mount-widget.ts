import type { ChatWidget } from "../../src/api/widget.ts";
import type { ChatClient, ChatState } from "../../src/client/chat-client.ts";
import { type ChatClientOptions, createChatClient } from "../../src/client/create-client.ts";
import type { Strings } from "../../src/i18n/strings.ts";
import { createShell } from "../../src/launcher/create-launcher.ts";
// Here before it is wanted: a test does not wait for a file.
import "../../src/chat/link-text.tsx";
import "../../src/chat/occasional.tsx";
import type { ChatWidgetOptions } from "../../src/api/options.ts";
import { mountChat } from "../../src/chat/mount.tsx";
import { HOST_TAG } from "../../src/launcher/host-element.ts";
import { BASE_URL as BFF_URL, type FakeBff } from "../client/fake-bff.ts";
import { createFakeBrowser } from "../client/fake-browser.ts";
import { createFakeNetwork } from "../client/fake-network.ts";
import { createFakeClient, type FakeClient } from "./fake-client.ts";

export interface MountedWidget extends View {
  readonly client: FakeClient;
}

/** A widget, and what a visitor does with it. */
export interface View extends AsyncDisposable {
  readonly widget: ChatWidget;
  readonly shadow: ShadowRoot;
  /** The first that matches; throws where there is none. */
  find(selector: string): HTMLElement;
  findAll(selector: string): readonly HTMLElement[];
  /** Name by `aria-label`, or else by text. */
  button(name: string): HTMLButtonElement;
  /** Types into the text box as a visitor does. */
  type(text: string): HTMLTextAreaElement;
  press(key: string, init?: KeyboardEventInit): KeyboardEvent;
}

export const BASE_URL = "https://chat.example.test/api/v1/webhooks/chat";

export interface MountOptions extends ChatWidgetOptions {
  readonly state?: Partial<ChatState>;
  readonly strings?: Partial<Strings>;
  /** Left as it starts. @default opened by the page */
  readonly isClosed?: boolean;
}

/** A widget with its panel open, whose other end is a fake. Removed at the end of the test's scope. */
export async function mountWidget({
  state,
  isClosed,
  ...options
}: MountOptions = {}): Promise<MountedWidget> {
  const client = createFakeClient(state);
  const view = mountView(options, () => client);
  if (!isClosed) view.widget.open();
  await untilDrawn();
  return Object.assign(view, { client });
}

/** A widget with the real client, in a tab of a fake browser whose network ends at a fake BFF. */
export function mountConversation(bff: FakeBff, options: ChatWidgetOptions = {}): View {
  const { fetch, WebSocket } = createFakeNetwork(bff);
  const tab = createFakeBrowser().openTab({ fetch, WebSocket });
  return mountView(options, (clientOptions) =>
    createChatClient({ ...clientOptions, baseUrl: BFF_URL, platform: tab.window }),
  );
}

function mountView(
  options: ChatWidgetOptions,
  createClient: (options: ChatClientOptions) => ChatClient,
): View {
  const widget = createShell(options, BASE_URL, {
    loadCore: async () => [
      { mountChat: (shell, strings, visitor) => mountChat(shell, strings, visitor, createClient) },
      null,
    ],
    loadExtras: () => Promise.reject(new Error("not asked for here")),
  });
  const shadow = document.querySelector(HOST_TAG)?.shadowRoot;
  if (!shadow) throw new Error("no widget");

  const findAll = (selector: string) => [...shadow.querySelectorAll<HTMLElement>(selector)];
  const find = (selector: string) => {
    const [element] = findAll(selector);
    if (!element) throw new Error(`nothing matches ${selector} in ${shadow.innerHTML}`);
    return element;
  };
  const textBox = () => find("textarea") as HTMLTextAreaElement;

  return {
    widget,
    shadow,
    find,
    findAll,
    button(name) {
      const button = findAll("button").find(
        (candidate) => (candidate.getAttribute("aria-label") ?? candidate.textContent) === name,
      );
      if (!button) throw new Error(`no button "${name}" in ${shadow.innerHTML}`);
      return button as HTMLButtonElement;
    },
    type(text) {
      const box = textBox();
      box.value = text;
      box.dispatchEvent(new Event("input", { bubbles: true }));
      return box;
    },
    press(key, init) {
      const event = new KeyboardEvent("keydown", {
        key,
        bubbles: true,
        cancelable: true,
        composed: true,
        ...init,
      });
      textBox().dispatchEvent(event);
      return event;
    },
    async [Symbol.asyncDispose]() {
      widget.destroy();
    },
  };
}

/** Preact draws in microtasks, and the core comes by promises: one turn of the event loop is behind all of them. */
export function untilDrawn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
