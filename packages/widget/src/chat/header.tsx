import { useRef, useState } from "preact/hooks";
import { Avatar } from "./avatar.tsx";
import { Boundary } from "./boundary.tsx";
import { useChat } from "./chat-context.tsx";
import { useAway } from "./hooks/use-away.ts";
import { useChatState } from "./hooks/use-chat-state.ts";
import { Icon } from "./icon.tsx";
import { Menu } from "./menu.tsx";

/** Whom the visitor talks to, the menu, and the button that closes the panel. */
export function Header() {
  const { minimise, shell, t } = useChat();
  const { notice, status } = useChatState();
  // Whether somebody is there cannot be known without a connection.
  const away = useAway();
  const presence = notice && notice.kind !== "rate-limited" ? "unknown" : status;
  const { avatar, subtitle, title } = shell.options;
  const [isMenuOpen, setMenuOpen] = useState(false);
  const more = useRef<HTMLButtonElement>(null);

  function closeMenu(): void {
    // A visitor who is in the menu goes back to where they came from.
    if (shell.shadow.activeElement?.closest(".menu")) more.current?.focus();
    setMenuOpen(false);
  }

  return (
    <div class="header" part="header">
      <span class={`avatar ${presence}`} part="avatar">
        <Avatar src={avatar} />
      </span>
      <div class="names">
        <h2 id="title">
          <bdi>{title ?? t.title}</bdi>
        </h2>
        <p key={presence}>
          <bdi>{subtitle ?? (presence === "unknown" ? "" : t[presence])}</bdi>
          {!subtitle && presence === "away" && away?.back && ` · ${away.back}`}
        </p>
      </div>
      <button
        type="button"
        ref={more}
        aria-label={t.more}
        aria-haspopup="menu"
        aria-expanded={isMenuOpen}
        onClick={() => (isMenuOpen ? closeMenu() : setMenuOpen(true))}
      >
        <Icon name="more" />
      </button>
      {!shell.isEmbedded && (
        <button type="button" aria-label={t.minimise} onClick={minimise}>
          <Icon name="minimise" />
        </button>
      )}
      {isMenuOpen && (
        <Boundary>
          <Menu onClose={closeMenu} />
        </Boundary>
      )}
    </div>
  );
}
