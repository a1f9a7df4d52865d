import type { ComponentChildren } from "preact";
import type { ChatWidgetOptions } from "../api/options.ts";
import { Avatar } from "./avatar.tsx";
import { Boundary, Part } from "./boundary.tsx";
import { Composer, type ComposerProps } from "./composer.tsx";
import { History, type HistoryProps } from "./history.tsx";
import { Icon } from "./icon.tsx";

export interface PanelProps extends HistoryProps, ComposerProps {
  readonly options: ChatWidgetOptions;
  /** The panel covers the screen of a phone. */
  readonly isFullScreen: boolean;
  readonly minimise: () => void;
  readonly toggleMenu: () => void;
  readonly isMenuOpen: boolean;
  readonly menu: () => ComponentChildren;
  /** What stands in the composer's place; undefined where the visitor may write. */
  readonly replacement: () => ComponentChildren;
}

/** The whole panel as a function of what is known. */
export function Panel(props: PanelProps) {
  const { isFullScreen } = props;
  return (
    <div
      class="panel"
      part="panel"
      role="dialog"
      aria-labelledby="title"
      aria-modal={isFullScreen}
      tabIndex={-1}
    >
      <Boundary>
        <Header {...props} />
      </Boundary>
      <Boundary>
        <Notice {...props} />
      </Boundary>
      <Boundary>
        <History {...props} />
      </Boundary>
      <Boundary fallback={<Composer {...props} />}>
        <Bottom {...props} />
      </Boundary>
    </div>
  );
}

function Bottom(props: PanelProps) {
  const replacement = props.replacement();
  return replacement === undefined ? <Composer {...props} /> : <>{replacement}</>;
}

function Header({ t, chat, options, minimise, toggleMenu, isMenuOpen, menu }: PanelProps) {
  const { status } = chat;
  const presence = status === "unknown" ? "" : t[status];
  return (
    <header part="header">
      <span class={`avatar ${status}`} part="avatar">
        <Avatar src={options.avatar} />
      </span>
      <div class="names">
        <h2 id="title">{options.title ?? t.title}</h2>
        <p>{options.subtitle ?? presence}</p>
      </div>
      <button
        type="button"
        aria-label={t.more}
        aria-haspopup="menu"
        aria-expanded={isMenuOpen}
        onClick={toggleMenu}
      >
        <Icon name="more" />
      </button>
      <button type="button" aria-label={t.minimise} onClick={minimise}>
        <Icon name="down" />
      </button>
      <Boundary>
        <Part view={menu} />
      </Boundary>
    </header>
  );
}

/** The one region that speaks of the connection: always there, so that a change in it is announced. */
function Notice(props: PanelProps) {
  const { t, chat } = props;
  const text = toNotice(props);
  return (
    <div class="notice" role="status">
      {text && (
        <p class={chat.notice ? "trouble" : ""} key={text}>
          {text}
        </p>
      )}
      {chat.timeline.some(({ state }) => state === "failed") && <p class="hidden">{t.failed}</p>}
    </div>
  );
}

function toNotice({ t, chat: { notice, status }, occasional }: PanelProps): string | false | undefined {
  if (!notice) return status === "away" && t.awayNotice;
  // Said where nothing can be fetched.
  if (notice.kind === "offline") return t.reconnecting;
  return notice.kind === "rate-limited" && occasional()?.t.slowDown;
}
