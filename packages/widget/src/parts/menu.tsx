import { Component } from "preact";
import type { PartContext } from "../ui/parts.tsx";
import { adoptSheet } from "../ui/adopt-sheet.ts";
import { downloadTranscript } from "./download-transcript.ts";
import { toExtraTexts } from "./extra-texts.ts";
import css from "./menu.css?inline";
import { readPreferences, writePreferences } from "./preferences.ts";

export interface MenuProps extends PartContext {
  readonly close: () => void;
}

interface MenuState {
  /** The visitor is asked whether they mean it. */
  readonly isEnding: boolean;
}

/** What is not needed for talking: sound, notifications, a copy of the conversation, its end. */
export class Menu extends Component<MenuProps, MenuState> {
  override state: MenuState = { isEnding: false };
  #menu: HTMLElement | null = null;

  override componentDidMount(): void {
    this.#items()[0]?.focus();
  }

  override componentDidUpdate(_: MenuProps, before: MenuState): void {
    if (before.isEnding !== this.state.isEnding) this.#items()[0]?.focus();
  }

  override render(props: MenuProps, { isEnding }: MenuState) {
    const { client, close, shell } = props;
    adoptSheet(shell.shadow, css);
    const t = toExtraTexts(props.t);
    const { sound, notifications } = readPreferences(props);
    const choose = (action: () => void) => () => {
      action();
      close();
    };
    const items: (readonly [label: string, action: () => void])[] = [
      [sound ? t.soundOff : t.soundOn, choose(() => writePreferences(props, { sound: !sound }))],
    ];
    if (!notifications && globalThis.Notification) {
      items.push([t.notifications, choose(() => void askForNotifications(props))]);
    }
    if (client.state.timeline.length > 0) {
      items.push([t.transcript, choose(() => downloadTranscript(client.state.timeline, t, shell.locale))]);
    }
    if (client.state.hasSession) items.push([t.end, () => this.setState({ isEnding: true })]);

    return (
      <>
        <div class="veil" onClick={close} />
        <div
          class="menu"
          part="menu"
          role={isEnding ? "alertdialog" : "menu"}
          aria-label={isEnding ? t.end : t.more}
          aria-describedby={isEnding ? "question" : undefined}
          ref={(menu) => {
            this.#menu = menu;
          }}
          onKeyDown={(event) => this.#keyPressed(event)}
        >
          {isEnding ? (
            <>
              <p id="question">{t.endQuestion}</p>
              <button type="button" onClick={close}>
                {t.cancel}
              </button>
              <button type="button" class="danger" onClick={choose(() => this.#end())}>
                {t.end}
              </button>
            </>
          ) : (
            items.map(([label, action]) => (
              <button key={label} type="button" role="menuitem" onClick={action}>
                {label}
              </button>
            ))
          )}
        </div>
      </>
    );
  }

  #end(): void {
    this.props.client.reset();
    this.props.client.open();
  }

  #items(): readonly HTMLElement[] {
    return [...(this.#menu?.querySelectorAll("button") ?? [])];
  }

  #keyPressed(event: KeyboardEvent): void {
    if (event.key === "Escape") {
      event.stopPropagation();
      return this.props.close();
    }
    const items = this.#items();
    const at = items.findIndex((item) => item.matches(":focus"));
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    items.at((at + step) % items.length)?.focus();
  }
}

/** Asked for on a click only, as browsers want it. */
async function askForNotifications(context: PartContext): Promise<void> {
  const permission = await Notification.requestPermission();
  writePreferences(context, { notifications: permission === "granted" });
}
