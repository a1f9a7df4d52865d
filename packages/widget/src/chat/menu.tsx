import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { readPreferences, writePreferences } from "../attention/preferences.ts";
import { useChat } from "./chat-context.tsx";
import { Icon, type IconName } from "./icon.tsx";
import { wrapFocus } from "./wrap-focus.ts";

export interface MenuProps {
  readonly onClose: () => void;
}

/** What is not needed for talking: sound, notifications, a copy of the conversation, its end. */
export function Menu({ onClose }: MenuProps) {
  const chat = useChat();
  const { client, shell, startNew, t } = chat;
  const menu = useRef<HTMLDivElement>(null);
  /** The visitor is asked whether they really want to end the conversation. */
  const [isEnding, setEnding] = useState(false);
  const { sound, notifications } = readPreferences(chat);
  const { timeline, hasSession } = client.state;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the question that replaces the items takes the focus, too.
  useLayoutEffect(() => menu.current?.querySelector("button")?.focus(), [isEnding]);

  // A click anywhere else closes it; one on the header's button does so by itself.
  useLayoutEffect(() => {
    const stop = new AbortController();
    const pressed = (event: PointerEvent) => {
      const header = menu.current?.closest(".header");
      if (header && !event.composedPath().includes(header)) onClose();
    };
    document.addEventListener("pointerdown", pressed, { signal: stop.signal });
    return () => stop.abort();
  }, [onClose]);

  function keyPressed(event: KeyboardEvent): void {
    if (event.key === "Escape") {
      // The menu alone: the panel stays.
      event.stopPropagation();
      event.preventDefault();
      onClose();
      return;
    }
    if (event.key === "Tab") {
      // It goes on from the button that opened the menu. The question is answered first.
      if (isEnding && menu.current) wrapFocus(menu.current, event);
      else onClose();
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const buttons = [...(menu.current?.querySelectorAll("button") ?? [])];
    const at = buttons.findIndex((button) => button.matches(":focus"));
    buttons[(at + step + buttons.length) % buttons.length]?.focus();
  }

  function item(icon: IconName, label: string, action: () => void) {
    const chosen = () => {
      action();
      onClose();
    };
    return (
      <button type="button" role="menuitem" onClick={chosen}>
        <Icon name={icon} />
        {label}
      </button>
    );
  }

  const shared = { class: "menu", tabIndex: -1, ref: menu, onKeyDown: keyPressed };
  if (isEnding) {
    return (
      <div
        {...shared}
        part="menu"
        role="alertdialog"
        aria-label={t.end}
        aria-describedby="question"
        key="question"
      >
        <p id="question">{t.endQuestion}</p>
        <button type="button" onClick={onClose}>
          {t.cancel}
        </button>
        <button
          type="button"
          class="danger"
          onClick={() => {
            startNew();
            onClose();
          }}
        >
          {t.end}
        </button>
      </div>
    );
  }
  return (
    <div {...shared} part="menu" role="menu" aria-label={t.more} key="items">
      {item("sound", sound ? t.soundOff : t.soundOn, () => writePreferences(chat, { sound: !sound }))}
      {(globalThis.Notification?.permission ?? "denied") !== "denied" &&
        !notifications &&
        item("bell", t.notifications, () => {
          // Asked for on a click only, as browsers want it.
          void Notification.requestPermission().then((permission) =>
            writePreferences(chat, { notifications: permission === "granted" }),
          );
        })}
      {timeline.length > 0 &&
        item("download", t.transcript, async () =>
          (await shell.load("transcript")).downloadTranscript(timeline, t, shell.locale),
        )}
      {hasSession && (
        <>
          <hr />
          <button type="button" role="menuitem" onClick={() => setEnding(true)}>
            <Icon name="end" />
            {t.end}
          </button>
        </>
      )}
    </div>
  );
}
