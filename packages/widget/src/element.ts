import type { ChatWidgetOptions } from "./api/options.ts";
import { toChanges } from "./api/to-changes.ts";
import type { ChatWidget } from "./api/widget.ts";
import { createChatWidget } from "./create-chat-widget.ts";

/** Importing this file registers `<mailoo-chat bff="https://chat.example.com" locale="de">`; on a server, nothing. */
export const TAG = "mailoo-chat";

/** The element's attributes: the options in kebab-case. For declarations of JSX, see docs/how-to/custom-element.md. */
export type MailooChatAttributes = {
  readonly [Option in keyof ChatWidgetOptions as KebabCase<Option>]?: string | number | boolean;
};

type KebabCase<Text extends string> = Text extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `-${Lowercase<First>}`}${KebabCase<Rest>}`
  : "";

declare global {
  interface HTMLElementTagNameMap {
    "mailoo-chat": MailooChatElement;
  }
}

/** A server has no elements to extend. */
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

/**
 * The widget for as long as the element is in a document. Attributes are the options in kebab-case (`z-index`), or with
 * `data-` before them as on the script tag. Those that change are changed while it runs; another `bff` makes another widget.
 * With `mode="inline"` it is the `target` itself, unless it names another.
 */
export class MailooChatElement extends Base {
  #widget: ChatWidget | null = null;
  #options: ChatWidgetOptions = {};
  /** Sees any attribute, in both spellings, and several changes as one. */
  #observer = new MutationObserver(() => this.#optionsChanged());

  /** The handle; null while the element is detached. */
  get widget(): ChatWidget | null {
    return this.#widget;
  }

  connectedCallback(): void {
    this.#observer.observe(this, { attributes: true });
    this.#create();
  }

  disconnectedCallback(): void {
    this.#observer.disconnect();
    this.#widget?.destroy();
    this.#widget = null;
  }

  #create(): void {
    this.#options = this.#readOptions();
    const { bff, ...options } = this.#options;
    if (bff) this.#widget = createChatWidget({ ...options, bff });
    else console.error(`<${TAG}>: set the attribute "bff" to the address of the chat server.`);
  }

  #optionsChanged(): void {
    const before = this.#options;
    const now = this.#readOptions();
    if (before.bff !== now.bff) {
      this.disconnectedCallback();
      this.connectedCallback();
      return;
    }
    this.#options = now;
    const changes = toChanges(before, now);
    if (changes) this.#widget?.update(changes);
  }

  #readOptions(): ChatWidgetOptions {
    const plain = this.getAttributeNames()
      .filter((name) => !name.startsWith("data-"))
      .map((name) => [toCamelCase(name), this.getAttribute(name)]);
    const options: ChatWidgetOptions = { ...Object.fromEntries(plain), ...this.dataset };
    return options.mode === "inline" ? { target: this, ...options } : options;
  }
}

if (globalThis.customElements && !customElements.get(TAG)) customElements.define(TAG, MailooChatElement);

function toCamelCase(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
