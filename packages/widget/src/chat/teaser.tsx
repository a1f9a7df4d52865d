import { useChat } from "./chat-context.tsx";
import { Icon } from "./icon.tsx";

/** What is shown beside the launcher while the panel is closed: the site's greeting, or the newest unread message. */
export interface TeaserContent {
  readonly text: string;
  /** Who wrote the message; the greeting has no author. */
  readonly name?: string;
}

export interface TeaserProps {
  readonly content: TeaserContent | null;
  onOpen(): void;
  onDismiss(): void;
}

/** The region is always there, so that a screen reader announces what appears in it. */
export function Teaser({ content, onOpen, onDismiss }: TeaserProps) {
  const { t } = useChat();
  return (
    <div aria-live="polite">
      {content && (
        <div class={`teaser${content.name ? "" : " greeting"}`} part="teaser" key={content.text}>
          <button type="button" class="text" onClick={onOpen}>
            {content.name && (
              <b>
                <span class="hidden">{t.newMessage}: </span>
                {content.name}
              </b>
            )}
            <span dir="auto">{content.text}</span>
          </button>
          <button type="button" class="dismiss" aria-label={t.dismiss} onClick={onDismiss}>
            <Icon name="end" />
          </button>
        </div>
      )}
    </div>
  );
}
