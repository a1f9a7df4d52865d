import type { ChatWidgetOptions } from "../api/options.ts";
import type { ChatWidget } from "../api/widget.ts";
import { followHiddenPaths } from "../chat/hidden-paths.ts";
import { readContext } from "../client/context.ts";
import { createGreeter, type Greeter } from "../greetings/create-greeter.ts";
import type { Strings } from "../i18n/strings.ts";
import { applyLook } from "../launcher/apply-look.ts";
import { toBaseUrl } from "../launcher/base-url.ts";
import { isOn } from "../launcher/is-on.ts";
import type { Locale } from "../launcher/labels.ts";
import type { Shell } from "../launcher/shell.ts";
import { hasStoredSession } from "../launcher/stored-keys.ts";
import { warn } from "../launcher/warn.ts";
import { embedPanel } from "./embed-panel.ts";
import { hideWhileAway } from "./hide-while-away.ts";
import { createContextWarner } from "./warn-of-context.ts";

// A file of its own, fetched by pages that use one of its options, or that change options while the widget runs.

export interface PageOptions {
  /** Takes up what is new among the shell's options. */
  update(changes: unknown): void;
  /** Shows the greeting with this id. */
  greet(id: unknown): void;
}

/** Does all that a page can ask for before the visitor has asked for the chat, and all changes of options. */
export function followOptions(shell: Shell, widget: ChatWidget): PageOptions {
  const { launcher, root, shadow, signal } = shell;
  const host = shadow.host as HTMLElement;
  // Destroyed while the file was on its way.
  if (signal.aborted) return { update() {}, greet() {} };

  let wantedLocale: Locale;
  let greeter: Greeter | undefined;
  let appliedAway: ChatWidgetOptions["away"];

  const warnOfContext = createContextWarner();
  // The core asks for it with each text.
  shell.readContext = (parts, values, ...now) => {
    warnOfContext.ofValues(values);
    return readContext(parts, values, ...now);
  };

  const followPath = followHiddenPaths(
    () => `${shell.options.hideOn ?? ""}`,
    (isHidden) => {
      root.hidden = isHidden;
      shell.chat?.shown();
    },
    signal,
  );

  const observer = new MutationObserver((records) => {
    const isOfPage = records.some(({ target }) => target === document.documentElement);
    if (isOfPage && shell.options.locale === "auto") followLocale();
  });
  // A page may replace <html>.
  observer.observe(document, { subtree: true, attributeFilter: ["lang", "dir"] });
  signal.addEventListener("abort", () => observer.disconnect());

  /** The launcher is there, and what comes with it. */
  function begin(): void {
    launcher.hidden = false;
    const { greetings, startOpen, teaser } = shell.options;
    if (shell.isEmbedded) return;
    // The core knows whether the panel opens by itself.
    if (isOn(startOpen)) shell.withChat(() => {});
    // What the page itself loads comes before a greeting.
    const greetWhenIdle = () => (window.requestIdleCallback ?? setTimeout)(() => signal.aborted || greet());
    if (greetings || teaser || greeter) {
      if (document.readyState === "complete") greetWhenIdle();
      else addEventListener("load", greetWhenIdle, { signal });
    }
  }

  function greet(id?: unknown): void {
    greeter ??= createGreeter(shell, widget);
    greeter.greet(id);
  }

  /** The texts stay until those of the new locale are there, and if they cannot be had. The last call wins. */
  async function followLocale(): Promise<void> {
    const locale = shell.pickLocale();
    wantedLocale = locale;
    let strings: Strings | null | undefined;
    if (shell.loading) await shell.loading.catch(() => {});
    if (shell.chat && locale !== shell.locale) {
      [, strings] = await shell.loadCore(locale);
      if (!strings && locale !== "en") return;
    }
    if (signal.aborted || wantedLocale !== locale) return;
    shell.setLocale(locale);
    shell.chat?.update({}, strings);
  }

  function placeLauncher(): void {
    const { launcher: selector } = shell.options;
    try {
      if (selector) host.matches(selector);
    } catch {
      warn("launcher", selector);
      shell.options = { ...shell.options, launcher: "" };
    }
    if (shell.options.launcher || shell.isEmbedded) launcher.remove();
    else if (!launcher.parentNode) root.prepend(launcher);
  }

  /** A framework names all options at each rendering. */
  function isOwn(bff: string): boolean {
    try {
      return toBaseUrl(bff) === shell.baseUrl;
    } catch {
      return false;
    }
  }

  /** May be called again for the same options: whatever goes on is not begun anew. */
  function apply(): void {
    const { away = "show", context, mode } = shell.options;
    warnOfContext.ofParts(context);
    shell.isEmbedded = /^(inline|page)$/.test(`${mode}`);
    placeLauncher();
    followPath();
    embedPanel(shell);
    if (away !== appliedAway) {
      appliedAway = away;
      launcher.hidden = !shell.isEmbedded && away === "hide" && !hasStoredSession(host.id);
      if (launcher.hidden) hideWhileAway(shell, begin);
    }
    if (!launcher.hidden) begin();
  }

  if (shell.options.locale === "auto") followLocale();
  apply();

  return {
    update(changes) {
      if (signal.aborted) return;
      const { bff, ...own }: ChatWidgetOptions = Object(changes);
      if (bff && !isOwn(bff)) warn("bff", bff);
      root.classList.toggle("left", shell.options.position === "left");
      for (const name of applyLook(shell.options, host)) if (name in own) warn(name, own[name]);
      if ("locale" in own) followLocale();
      apply();
      shell.chat?.update(own);
    },
    greet,
  };
}
