import type { ChatWidgetOptions } from "../api/options.ts";
import { PLACED } from "../launcher/host-element.ts";
import type { Shell } from "../launcher/shell.ts";
import { warn } from "../launcher/warn.ts";
import css from "./embed-panel.css?inline";

/** How far from the viewport the conversation is loaded. */
const NEAR = "300px";

/** Applications may mount the target later: only then is the owner told that it is missing. */
const MISSING_AFTER_MS = 3000;

/** As in `keep-attached.ts`: a page that empties the target every time has its way in the end. */
const MAX_RETURNS = 200;

interface Place {
  readonly mode: string;
  readonly target: ChatWidgetOptions["target"];
  /** Takes the panel out of it. */
  readonly stop: AbortController;
}

/** Where each panel is. */
const places = new WeakMap<Shell, Place>();

/** In steps, so that half of the screen is noticed on a panel that is taller than the screen. */
const STEPS = Array.from({ length: 21 }, (_, step) => step / 20);

/**
 * Places the panel in the page's own layout (`inline`), or over the whole viewport (`page`). It stands in the target for as
 * long as there is one, also when the target comes later, or is rendered anew. Loaded and opened when it comes close to
 * what the visitor sees. Called again after each change of options.
 */
export function embedPanel(shell: Shell): void {
  const { mode = "float" } = shell.options;
  const target = shell.options.target ?? (mode === "page" ? "body" : undefined);
  const { root, shadow } = shell;
  const host = shadow.host as HTMLElement;
  const before = places.get(shell);
  if (shell.signal.aborted || (before?.mode === mode && before.target === target)) return;
  before?.stop.abort();
  if (!shell.isEmbedded) return;
  const classes = ["embedded", `${mode}`];
  const stop = new AbortController();
  const { signal } = stop;
  places.set(shell, { mode, target, stop });
  shell.signal.addEventListener("abort", () => stop.abort(), { signal });

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  shadow.adoptedStyleSheets = [...shadow.adoptedStyleSheets, sheet];
  root.classList.add(...classes);
  shell.isOutOfView = true;

  const near = new IntersectionObserver(
    (entries) =>
      entries.some(({ isIntersecting }) => isIntersecting) && shell.withChat((chat) => chat.open(false)),
    { rootMargin: NEAR },
  );
  const view = new IntersectionObserver(
    (entries) => {
      shell.isOutOfView = !entries.slice(-1).some(isMostlySeen);
      shell.chat?.shown();
    },
    { threshold: STEPS },
  );
  // A hidden root does not intersect, so `hide()` and `hideOn` are covered.
  for (const observer of [near, view]) observer.observe(root);

  // A landmark of the page before it is loaded, too: the panel brings its own.
  const unname = () => {
    root.removeAttribute("role");
    root.removeAttribute("aria-label");
  };
  if (!shell.chat?.state.open) {
    root.setAttribute("role", "region");
    root.setAttribute("aria-label", shell.options.title || "Chat");
    host.addEventListener("mailoo-chat:open", unname, { once: true, signal });
  }

  // Before the visitor scrolls, by whatever means.
  for (const type of ["pointerover", "wheel"]) {
    root.addEventListener(type, () => containScrolls(root), { passive: true, signal });
  }

  signal.addEventListener("abort", () => {
    near.disconnect();
    view.disconnect();
    unname();
    shell.isOutOfView = false;
    root.classList.remove(...classes);
    delete host.dataset.in;
    shadow.adoptedStyleSheets = shadow.adoptedStyleSheets.filter((other) => other !== sheet);
    places.delete(shell);
    // Where a floating one stands. Nothing else is left to do if the widget is destroyed: it is removed then.
    document.documentElement.append(host);
  });

  try {
    keepInTarget(host, mode, target, signal, () => warn("target", target));
  } catch {
    // Neither a selector nor an element.
    warn("target", target);
  }
}

/** Half of the panel, or half of the screen. */
function isMostlySeen(entry: IntersectionObserverEntry): boolean {
  const { boundingClientRect, intersectionRect, rootBounds } = entry;
  const whole = Math.min(boundingClientRect.height, rootBounds?.height ?? Number.POSITIVE_INFINITY);
  return entry.isIntersecting && intersectionRect.height >= whole / 2;
}

/** What overflows scrolls by itself alone. Chromium also keeps the page from scrolling over what does not. */
function containScrolls(root: HTMLElement): void {
  for (const box of root.querySelectorAll<HTMLElement>(".log, .pre-chat, textarea")) {
    box.style.overscrollBehavior = box.scrollHeight > box.clientHeight ? "" : "auto";
  }
}

/**
 * Without a target the element is kept, hidden, where other scripts find it.
 *
 * @throws if the target is neither an element nor a selector.
 */
function keepInTarget(
  host: HTMLElement,
  mode: string,
  target: ChatWidgetOptions["target"],
  signal: AbortSignal,
  isMissing: () => void,
): void {
  const observer = new MutationObserver(place);
  let returns = 0;
  host.dataset.in = "none";

  function place(): void {
    const page = document.documentElement;
    const isParked = host.parentNode === page;
    if (signal.aborted || !page || (host.isConnected && !isParked)) return;
    const found = typeof target === "string" ? document.querySelector(target) : target;
    // An element that is not in the document yet keeps it.
    if (found && host.parentNode === found) return;
    if (found && ++returns <= MAX_RETURNS + performance.now() / 1000) {
      move(found, mode);
      // The target may be in a shadow root, where nothing else tells that it is emptied.
      observer.observe(found, { childList: true });
    } else if (!isParked) {
      move(page, "none");
    }
  }

  function move(parent: Element, where: string): void {
    parent.append(host);
    host.dataset.in = where;
    host.dispatchEvent(new Event(PLACED));
  }

  function loaded(): void {
    const timer = setTimeout(() => host.dataset.in === "none" && isMissing(), MISSING_AFTER_MS);
    signal.addEventListener("abort", () => clearTimeout(timer));
  }

  place();
  observer.observe(document, { childList: true, subtree: true });
  signal.addEventListener("abort", () => observer.disconnect());
  if (document.readyState === "complete") loaded();
  else addEventListener("load", loaded, { once: true, signal });
}
