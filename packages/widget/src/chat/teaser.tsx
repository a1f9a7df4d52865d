import type { ComponentChildren } from "preact";
import { useChat } from "./chat-context.tsx";
import { Icon } from "./icon.tsx";

/**
 * What is shown beside the launcher while the panel is closed: the newest unread message, an own one that was not sent, or the
 * site's greeting.
 */
export interface TeaserContent {
  readonly text: string;
  /** Who wrote the message, or that it was not sent; a greeting has none. */
  readonly heading?: ComponentChildren;
  dismiss(): void;
}

export interface TeaserProps {
  readonly content: TeaserContent | null;
  onOpen(): void;
}

/** The region is always there, so that a screen reader announces what appears in it. */
export function Teaser({ content, onOpen }: TeaserProps) {
  const { shell, t } = useChat();
  return (
    <div aria-live="polite">
      {content && (
        <div class={`teaser${content.heading ? "" : " greeting"}`} part="teaser" key={content.text}>
          <button type="button" class="text" onClick={onOpen}>
            {content.heading && <b>{content.heading}</b>}
            <span dir="auto">{content.text}</span>
          </button>
          <button
            type="button"
            class="dismiss"
            aria-label={t.dismiss}
            onClick={() => {
              shell.launcher.focus({ preventScroll: true });
              content.dismiss();
            }}
          >
            <Icon name="end" />
          </button>
        </div>
      )}
    </div>
  );
}
