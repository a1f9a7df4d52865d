import type { ComponentChildren } from "preact";
import { readPreferences, writePreferences } from "../attention/preferences.ts";
import { toExtraTexts } from "../i18n/extra-texts.ts";
import { adoptSheet } from "./adopt-sheet.ts";
import { downloadTranscript } from "./download-transcript.ts";
import css from "./menu.css?inline";
import type { PartContext } from "./parts.tsx";

/** What is not needed for talking: sound, notifications, a copy of the conversation, its end. */
export interface Menu {
  view(): ComponentChildren;
  focusFirst(): void;
  close(): void;
}

/** @param closed called when the menu is to be drawn no more. */
export function createMenu(context: PartContext, closed: () => void): Menu {
  const { client, shell, draw, startNew } = context;
  const t = toExtraTexts(context.t);
  const stop = new AbortController();
  /** The visitor is asked whether they mean it. */
  let isEnding = false;

  function items(): readonly HTMLElement[] {
    return [...shell.shadow.querySelectorAll<HTMLElement>(".menu button")];
  }

  function focusFirst(): void {
    items()[0]?.focus();
  }

  function close(): void {
    stop.abort();
    // Whoever is in the menu goes back to where they came from.
    if (items().some((item) => item.matches(":focus"))) {
      shell.shadow.querySelector<HTMLElement>("[aria-haspopup]")?.focus();
    }
    closed();
  }

  function askToEnd(): void {
    isEnding = true;
    draw();
    focusFirst();
  }

  function end(): void {
    startNew();
    close();
  }

  function keyPressed(event: KeyboardEvent): void {
    if (event.key === "Escape") {
      // The menu alone: the panel stays.
      event.stopPropagation();
      event.preventDefault();
      close();
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const buttons = items();
    const at = buttons.findIndex((button) => button.matches(":focus"));
    buttons.at((at + step) % buttons.length)?.focus();
  }

  function viewItem(label: string, action: () => void): ComponentChildren {
    const chosen = () => {
      action();
      close();
    };
    return (
      <button type="button" role="menuitem" onClick={chosen}>
        {label}
      </button>
    );
  }

  function viewItems(): ComponentChildren {
    const { sound, notifications } = readPreferences(context);
    const { timeline, hasSession } = client.state;
    return (
      <div
        class="menu"
        part="menu"
        role="menu"
        aria-label={t.more}
        tabIndex={-1}
        key="items"
        onKeyDown={keyPressed}
      >
        {viewItem(sound ? t.soundOff : t.soundOn, () => writePreferences(context, { sound: !sound }))}
        {globalThis.Notification &&
          !notifications &&
          viewItem(t.notifications, () => void askForNotifications(context))}
        {timeline.length > 0 && viewItem(t.transcript, () => downloadTranscript(timeline, t, shell.locale))}
        {hasSession && (
          <button type="button" role="menuitem" onClick={askToEnd}>
            {t.end}
          </button>
        )}
      </div>
    );
  }

  function viewQuestion(): ComponentChildren {
    return (
      <div
        class="menu"
        part="menu"
        role="alertdialog"
        aria-label={t.end}
        aria-describedby="question"
        tabIndex={-1}
        key="question"
        onKeyDown={keyPressed}
      >
        <p id="question">{t.endQuestion}</p>
        <button type="button" onClick={close}>
          {t.cancel}
        </button>
        <button type="button" class="danger" onClick={end}>
          {t.end}
        </button>
      </div>
    );
  }

  adoptSheet(shell.shadow, css);
  document.addEventListener(
    "pointerdown",
    (event) => {
      const header = shell.shadow.querySelector("header");
      if (header && !event.composedPath().includes(header)) close();
    },
    { signal: stop.signal },
  );
  shell.signal.addEventListener("abort", () => stop.abort(), { signal: stop.signal });

  return { view: () => (isEnding ? viewQuestion() : viewItems()), focusFirst, close };
}

/** Asked for on a click only, as browsers want it. */
async function askForNotifications(context: PartContext): Promise<void> {
  const permission = await Notification.requestPermission();
  writePreferences(context, { notifications: permission === "granted" });
}
