import { Avatar } from "./avatar.tsx";
import { useChat } from "./chat-context.tsx";
import { useAway } from "./hooks/use-away.ts";
import { useChatState } from "./hooks/use-chat-state.ts";
import { isInConversation } from "./is-in-conversation.ts";
import { MessageText } from "./message-text.tsx";
import { Suggestions } from "./suggestions.tsx";
import type { TextFiles } from "./text-files.ts";

export interface WelcomeProps {
  readonly files: TextFiles;
}

/**
 * What the site says first: large, with when to expect an answer, until somebody has written; then a bubble above the
 * conversation. A site without a welcome text greets with ours, which is no message.
 */
export function Welcome({ files }: WelcomeProps) {
  const { greeting, shell, t } = useChat();
  const chat = useChatState();
  const { config, status } = chat;
  if (!config) return null;
  const welcomeMessage = greeting ?? config.welcomeMessage;
  const isFirstScreen = !isInConversation(chat);
  if (!isFirstScreen && !welcomeMessage) return null;
  return (
    <div class={isFirstScreen ? "welcome" : ""}>
      {isFirstScreen && (
        <span class="avatar" aria-hidden="true">
          <Avatar src={shell.options.avatar} />
        </span>
      )}
      {welcomeMessage ? (
        <div
          class="message system first last"
          data-message-id="welcome"
          data-author="system"
          data-state="sent"
        >
          <div class="bubble">
            <MessageText text={welcomeMessage} author="system" files={files} />
          </div>
        </div>
      ) : (
        <p class="bubble">{t.greeting}</p>
      )}
      {isFirstScreen && status !== "unknown" && (
        <p class="expect">
          <bdi>{status === "away" ? (config.away?.text ?? t.awayNotice) : t.hereNotice}</bdi>
        </p>
      )}
      {isFirstScreen && status === "away" && <AwayLines />}
      {isFirstScreen && <Suggestions />}
    </div>
  );
}

/** Where else the owner can be reached, and when somebody is back if the header has no room for it. */
function AwayLines() {
  const { shell } = useChat();
  const { back, link } = useAway() ?? {};
  return (
    <>
      {back && shell.options.subtitle && <p class="expect">{back}</p>}
      {link && (
        <p class="expect">
          <a href={link.href} target={link.target} rel="noopener noreferrer" dir="auto">
            {link.label}
          </a>
        </p>
      )}
    </>
  );
}
