import type { ChatWidget } from "../api/widget.ts";
import { followPath, matchesPath } from "../chat/hidden-paths.ts";
import { keep, readKept } from "../chat/kept.ts";
import type { Chat, Shell } from "../launcher/shell.ts";
import { hasStoredSession } from "../launcher/stored-keys.ts";
import { warn } from "../launcher/warn.ts";
import { type GreetingRule, parseGreetings } from "./parse-greetings.ts";

/** A pointer that leaves fast was seen for the last time a little below the edge. */
const EDGE_PX = 10;

/** The core may have come for the greeting: by then a screen reader knows the region that announces it. */
const REGION_KNOWN_AFTER_MS = 100;

export interface Greeter {
  /**
   * Takes up the options, if those of greetings have changed.
   *
   * @param id the greeting with this id is shown, whatever its conditions. @default greetings are shown by their rules
   */
  greet(id?: unknown): void;
}

/**
 * Watches for the moment of a greeting: the first rule whose conditions all hold, one on each path, and none again that the
 * visitor has dismissed or opened. It never greets in a conversation, beside an open panel, or while the widget is hidden.
 */
export function createGreeter(shell: Shell, widget: ChatWidget): Greeter {
  const { baseUrl, launcher, root, shadow, signal } = shell;
  const isMouse = matchMedia("(hover: hover) and (pointer: fine)");

  let options: Shell["options"] = {};
  let rules: readonly GreetingRule[] = [];
  let timers: ReturnType<typeof setTimeout>[] = [];
  /** Settled on this page; storage may be forbidden. */
  const settled = new Set<string>();

  // What has happened on this path.
  let path = "";
  let due = new Set<GreetingRule>();
  let scrolledPercent = 0;
  /** The visitor has had a greeting or the panel: they are left alone. */
  let isDone = false;
  let shown: GreetingRule | null = null;
  const shownAgain = new MutationObserver(() => check(false));

  function begin(): void {
    // The page may have been scrolled before this file came, as at a reload. The next path has not been.
    const { scrollingElement } = document;
    scrolledPercent = path || !scrollingElement ? 0 : toScrolledPercent(scrollingElement);
    path = location.pathname;
    for (const timer of timers) clearTimeout(timer);
    due = new Set();
    isDone = widget.state.open;
    if (shown && rules.includes(shown) && isHere(shown)) return;
    show(null);
    timers = rules.map((rule) =>
      setTimeout(() => {
        due.add(rule);
        check(false);
      }, rule.delayMs),
    );
  }

  function pathChanged(): void {
    if (location.pathname !== path) begin();
  }

  function check(isLeaving: boolean): void {
    // Not every engine tells of a path that a page has pushed.
    pathChanged();
    if (shown || isDone || !mayGreet()) return;
    const rule = rules.find(
      (candidate) =>
        !candidate.onCall &&
        due.has(candidate) &&
        isHere(candidate) &&
        scrolledPercent >= candidate.scrollPercent &&
        (isLeaving || !candidate.onExit) &&
        !isSettled(candidate),
    );
    if (rule) show(rule);
  }

  function show(rule: GreetingRule | null): void {
    if (rule === shown) return;
    shown = rule;
    shell.withChat((chat) => {
      if (rule) setTimeout(() => greet(chat, rule), REGION_KNOWN_AFTER_MS);
      else chat.greet(null);
    });
  }

  function greet(chat: Chat, rule: GreetingRule): void {
    // Another path or another greeting may have come meanwhile.
    if (signal.aborted || shown !== rule) return;
    chat.greet({ ...rule, settle: (isDismissed) => settle(rule, isDismissed) });
  }

  /** The one thing that is stored without a conversation, and by an action of the visitor only. */
  function settle({ suffix, untilDismissed }: GreetingRule, isDismissed = false): void {
    settled.add(suffix);
    if (isDismissed || !untilDismissed) keep("localStorage", baseUrl, suffix, "dismissed");
    shown = null;
    isDone = true;
  }

  function isSettled({ suffix }: GreetingRule): boolean {
    return settled.has(suffix) || readKept("localStorage", baseUrl, suffix) !== null;
  }

  function mayGreet(): boolean {
    const { open, visible } = widget.state;
    return visible && !open && !launcher.hidden && !shell.isEmbedded && !hasStoredSession(shadow.host.id);
  }

  if (!signal.aborted) {
    signal.addEventListener("abort", () => {
      for (const timer of timers) clearTimeout(timer);
      shownAgain.disconnect();
    });
    widget.on("open", () => {
      shown = null;
      isDone = true;
    });
    followPath(pathChanged, signal);
    const settledElsewhere = () => {
      if (!shown || !isSettled(shown)) return;
      show(null);
      isDone = true;
    };
    addEventListener("storage", settledElsewhere, { signal });
    for (const element of [root, launcher]) shownAgain.observe(element, { attributeFilter: ["hidden"] });
    // Not only the document: many applications scroll an element that fills the window.
    const scrolled = ({ target }: Event) => {
      const scroller = target === document ? document.scrollingElement : target;
      if (!(scroller instanceof Element) || scroller.clientHeight < innerHeight / 2) return;
      const percent = toScrolledPercent(scroller);
      if (percent <= scrolledPercent) return;
      scrolledPercent = percent;
      check(false);
    };
    document.addEventListener("scroll", scrolled, { capture: true, passive: true, signal });
    const left = ({ clientY, relatedTarget }: MouseEvent) => {
      if (!relatedTarget && clientY < EDGE_PX && isMouse.matches) check(true);
    };
    document.addEventListener("mouseout", left, { signal });
  }

  function followOptions(): void {
    const before = options;
    options = shell.options;
    const isSame = (["greetings", "teaser", "teaserDelayMs"] as const).every(
      (name) => before[name] === options[name],
    );
    if (isSame) return;
    rules = parseGreetings(options, warn);
    begin();
  }

  return {
    greet(id) {
      if (signal.aborted) return;
      followOptions();
      if (id === undefined) return;
      const rule = rules.find((candidate) => candidate.id && candidate.id === `${id}`);
      if (!rule) warn("greetings", id);
      else if (mayGreet() && !isSettled(rule)) show(rule);
    },
  };
}

function isHere({ path }: GreetingRule): boolean {
  return !path || matchesPath(path, location.pathname);
}

/** Of what can be scrolled; a page of one screen cannot. Positions are rounded by a pixel. */
function toScrolledPercent({ clientHeight, scrollHeight, scrollTop }: Element): number {
  const range = scrollHeight - clientHeight;
  return range > 0 ? ((scrollTop + 1) / range) * 100 : 0;
}
