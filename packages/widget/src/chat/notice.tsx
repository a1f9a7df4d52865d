import { useChat } from "./chat-context.tsx";
import { useChatState } from "./hooks/use-chat-state.ts";

/** The one region that speaks of the connection: always there, so that a change in it is announced. */
export function Notice() {
  const { t } = useChat();
  const { config, notice, status, timeline } = useChatState();
  const text = toText();

  function toText(): string {
    if (notice?.kind === "offline") return t.reconnecting;
    if (notice?.kind === "rate-limited") return t.slowDown;
    return !notice && status === "away" && timeline.length > 0 ? (config?.away?.text ?? t.awayNotice) : "";
  }

  return (
    <div class="notice" role="status">
      {text && (
        <p class={notice ? "trouble" : ""} key={text}>
          <bdi>{text}</bdi>
        </p>
      )}
      {timeline.some(({ state }) => state === "failed") && <p class="hidden">{t.failed}</p>}
    </div>
  );
}
