import type { EndReason } from "../client/chat-client.ts";
import { useChat } from "./chat-context.tsx";

/** In place of the composer when a conversation is over. Offers a new one, unless the site may not use the chat. */
export function Ended({ reason }: { readonly reason: EndReason }) {
  const { t, startNew } = useChat();
  const isUnavailable = reason === "origin-not-allowed";
  return (
    <div class="pre-chat ended">
      <p id="question">{isUnavailable ? t.unavailable : t.ended}</p>
      {!isUnavailable && (
        <button type="button" class="primary" aria-describedby="question" onClick={() => startNew(true)}>
          {t.startNew}
        </button>
      )}
    </div>
  );
}
