import type { ChatMessage } from "@mailoo-chat/protocol";
import type { ChatContextValue } from "../chat/chat-context.tsx";
import { playTone } from "./chime.ts";
import { readPreferences } from "./preferences.ts";
import { badgeTitle } from "./title-badge.ts";

/**
 * Tells of a message that nobody sees: by the page's title, and by a tone or a notification if chosen.
 *
 * @param preview its text, for the notification.
 * @returns false if it is read already: a listener of the page may have opened the panel, or destroyed the widget.
 */
export function callAttention(
  context: ChatContextValue,
  message: ChatMessage,
  preview: Promise<string>,
): boolean {
  const { shell, client, t } = context;
  const isUnread = () => !shell.signal.aborted && client.state.unread > 0;
  if (!isUnread()) return false;
  const { sound, notifications } = readPreferences(context);
  badgeTitle(`(${client.state.unread}) ${t.newMessage}`);
  if (sound) playTone();
  if (notifications && document.hidden) {
    preview.then(
      (body) => isUnread() && notify(message.authorName ?? shell.options.title ?? t.team, body, message.id),
    );
  }
  return true;
}

function notify(title: string, body: string, tag: string): void {
  try {
    const notification = new Notification(title, { body, tag });
    notification.onclick = () => {
      window.focus();
      notification.close();
    };
  } catch {
    // Android wants a service worker for it, and a permission may be gone.
  }
}
