import { Component, type ComponentChildren } from "preact";
import { adoptSheet } from "../ui/adopt-sheet.ts";
import type { PartContext } from "../ui/parts.tsx";
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
  readonly #stop = new AbortController();

  override componentDidMount(): void {
    this.#items()[0]?.focus();
    const closeOutside = (event: Event) => {
      const header = this.#menu?.closest("header");
      if (header && !event.composedPath().includes(header)) this.props.close();
    };
    document.addEventListener("pointerdown", closeOutside, { signal: this.#stop.signal });
  }

  override componentDidUpdate(_: MenuProps, before: MenuState): void {
    if (before.isEnding !== this.state.isEnding) this.#items()[0]?.focus();
  }

  override componentWillUnmount(): void {
    this.#stop.abort();
  }

  override render(props: MenuProps, { isEnding }: MenuState) {
    adoptSheet(props.shell.shadow, css);
    return isEnding ? this.#renderQuestion() : this.#renderItems();
  }

  #renderItems(): ComponentChildren {
    const { client, shell } = this.props;
    const t = toExtraTexts(this.props.t);
    const { sound, notifications } = readPreferences(this.props);
    const { timeline, hasSession } = client.state;
    return (
      <div
        class="menu"
        part="menu"
        role="menu"
        aria-label={t.more}
        tabIndex={-1}
        ref={(menu) => {
          this.#menu = menu;
        }}
        onKeyDown={(event) => this.#keyPressed(event)}
      >
        {this.#item(sound ? t.soundOff : t.soundOn, () => writePreferences(this.props, { sound: !sound }))}
        {globalThis.Notification &&
          !notifications &&
          this.#item(t.notifications, () => void askForNotifications(this.props))}
        {timeline.length > 0 && this.#item(t.transcript, () => downloadTranscript(timeline, t, shell.locale))}
        {hasSession && (
          <button type="button" role="menuitem" onClick={() => this.setState({ isEnding: true })}>
            {t.end}
          </button>
        )}
      </div>
    );
  }

  #item(label: string, action: () => void): ComponentChildren {
    const chosen = () => {
      action();
      this.props.close();
    };
    return (
      <button type="button" role="menuitem" onClick={chosen}>
        {label}
      </button>
    );
  }

  #renderQuestion(): ComponentChildren {
    const { client, close } = this.props;
    const t = toExtraTexts(this.props.t);
    const end = () => {
      client.reset();
      client.open();
      close();
    };
    return (
      <div
        class="menu"
        part="menu"
        role="alertdialog"
        aria-label={t.end}
        aria-describedby="question"
        tabIndex={-1}
        ref={(menu) => {
          this.#menu = menu;
        }}
        onKeyDown={(event) => this.#keyPressed(event)}
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

  #items(): readonly HTMLElement[] {
    return [...(this.#menu?.querySelectorAll("button") ?? [])];
  }

  #keyPressed(event: KeyboardEvent): void {
    if (event.key === "Escape") {
      // The menu alone: the panel stays.
      event.stopPropagation();
      this.props.close();
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const items = this.#items();
    const at = items.findIndex((item) => item.matches(":focus"));
    items.at((at + step) % items.length)?.focus();
  }
}

/** Asked for on a click only, as browsers want it. */
async function askForNotifications(context: PartContext): Promise<void> {
  const permission = await Notification.requestPermission();
  writePreferences(context, { notifications: permission === "granted" });
}
