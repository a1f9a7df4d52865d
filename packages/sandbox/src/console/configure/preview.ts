import type { PreviewCommand, PreviewReport, PreviewRequest } from "./preview-messages.ts";

// A page with the widget's own script tag. The frame around it says which; for another one, the widget is destroyed and
// a new tag is added, as on a page that is loaded again.

/** The part of the widget's global that is used here. */
interface MailooChat {
  open(): void;
  reset(): void;
  destroy(): void;
  on(event: "open" | "close", listener: () => void): void;
}

const DEFAULT_BASE_PATH = "/api/v1/webhooks/chat";

/** Without a type of its own in TypeScript. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): unknown };
}

const { trustedTypes } = window as { readonly trustedTypes?: TrustedTypes };
const policy = trustedTypes?.createPolicy("configure-preview", { createScriptURL: (url) => url });
const ownButton = document.querySelector("button");

let current: { readonly script: HTMLScriptElement; readonly request: PreviewRequest } | null = null;
/** Shown once the tag before it has run: a second tag on its way would have no effect. */
let next: PreviewRequest | null = null;
let isLoading = false;
/** As the user has left it. */
let isOpen = false;

addEventListener("message", ({ source, origin, data }: MessageEvent<PreviewCommand>) => {
  if (source !== parent || origin !== location.origin) return;
  switch (data.type) {
    case "show":
      next = data;
      if (!isLoading) showNext();
      break;
    case "open":
      widget()?.open();
      break;
    case "forget":
      widget()?.reset();
      next ??= current?.request ?? null;
      if (!isLoading) showNext();
  }
});
report({ type: "ready" });

function showNext(): void {
  const request = next;
  if (request === null) return;
  next = null;
  widget()?.destroy();
  current?.script.remove();
  preparePage(request);

  const script = document.createElement("script");
  script.async = true;
  for (const [name, value] of request.attributes) script.setAttribute(name, value);
  // A name of the script's own option: the preview does not wait for the greeting as long as a page.
  script.dataset.teaserDelayMs = "600";
  script.onload = () => {
    isLoading = false;
    const element = document.querySelector<HTMLElement>("mailoo-chat-widget");
    for (const [name, value] of Object.entries(request.properties)) element?.style.setProperty(name, value);
    if (isOpen) widget()?.open();
    widget()?.on("open", () => {
      isOpen = true;
    });
    widget()?.on("close", () => {
      isOpen = false;
    });
    report({ type: "shown", hasOwnButton: request.ownButton === "" || matchesOwnButton(request.ownButton) });
    void checkServer(request.scriptUrl);
    showNext();
  };
  script.onerror = () => {
    isLoading = false;
    report({ type: "trouble", trouble: "unreachable" });
    showNext();
  };
  isLoading = true;
  current = { script, request };
  // With Trusted Types only a policy makes the address of a script.
  script.src = (policy?.createScriptURL(request.scriptUrl) ?? request.scriptUrl) as string;
  document.head.append(script);
}

function preparePage({ lang, dir, colors, ownButton: selector }: PreviewRequest): void {
  const { documentElement: root } = document;
  root.lang = lang;
  root.dir = dir;
  root.dataset.colors = colors;
  if (!ownButton) return;
  ownButton.hidden = selector === "";
  // As far as a selector names one class, one id or one attribute, the sample's button is such a button.
  const [, kind, name = ""] = /^([.#[])([\w-]+)\]?$/.exec(selector) ?? [];
  for (const attribute of ownButton.getAttributeNames()) {
    if (!["type", "hidden"].includes(attribute)) ownButton.removeAttribute(attribute);
  }
  if (kind === ".") ownButton.className = name;
  if (kind === "#") ownButton.id = name;
  if (kind === "[" && name.startsWith("data-")) ownButton.setAttribute(name, "");
}

function matchesOwnButton(selector: string): boolean {
  return document.querySelector(selector) !== null;
}

/** The script is for every page, the chat only for listed origins. */
async function checkServer(scriptUrl: string): Promise<void> {
  const folder = scriptUrl.replace(/\/widget\.js$/, "");
  const base = new URL(folder).pathname === "/" ? folder + DEFAULT_BASE_PATH : folder;
  const isAnswered = await fetch(`${base}/status`).then(
    ({ status }) => status !== 403,
    () => false,
  );
  if (!isAnswered && current?.request.scriptUrl === scriptUrl)
    report({ type: "trouble", trouble: "refused" });
}

function widget(): MailooChat | null {
  const { MailooChat } = window as { readonly MailooChat?: MailooChat & { readonly q?: unknown } };
  // Without a widget behind it, the global only queues.
  return MailooChat?.destroy && !MailooChat.q ? MailooChat : null;
}

function report(message: PreviewReport): void {
  parent.postMessage(message, location.origin);
}
