import type { ChatMessage } from "@mailoo-chat/protocol";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { readPreferences } from "../../attention/preferences.ts";
import { badgeTitle, restoreTitle } from "../../attention/title-badge.ts";
import { useChat } from "../chat-context.tsx";
import { isSeen } from "../is-seen.ts";
import { toPreview } from "../text-files.ts";
import { useChatState } from "./use-chat-state.ts";

/** Of a message that came unseen. */
export interface Preview {
  /** Who wrote it. */
  readonly name: string;
  readonly text: string;
}

/**
 * Marks messages as read while the visitor can see them, and calls attention to those that come unseen: by the page's title,
 * and by a tone or a notification if chosen.
 *
 * @returns a preview of the newest of these, while it is unread, and a function that removes it.
 */
export function useUnread(isOpen: boolean): readonly [preview: Preview | null, dismiss: () => void] {
  const context = useChat();
  const { client, shell, t } = context;
  const { unread } = useChatState();
  const [preview, setPreview] = useState<Preview | null>(null);
  const [hasMissed, setHasMissed] = useState(false);
  const notice = hasMissed && unread ? `(${unread}) ${t.newMessage}` : null;
  /** Of the last rendering, for the listener. */
  const latest = useRef({ context, isOpen });
  latest.current = { context, isOpen };

  useLayoutEffect(() => {
    const isUnread = () => client.state.unread > 0 && !shell.signal.aborted;
    let newest: ChatMessage;

    async function callAttention(title: string, preview: Promise<string>, tag: string): Promise<void> {
      const { sound, notifications } = readPreferences(latest.current.context);
      const isNotified = notifications && document.hidden;
      if (!sound && !isNotified) return;
      const { notify, playTone } = await shell.load("attention");
      if (sound) playTone();
      const body = await preview;
      if (isNotified && isUnread()) notify(title, body, tag);
    }

    return client.onMessage(async (message) => {
      shell.emit("message", message);
      // A listener of the page may have opened the panel, or destroyed the widget.
      if (isSeen(shell, latest.current.isOpen) || !isUnread()) return;
      newest = message;
      setHasMissed(true);
      const name = message.authorName ?? shell.options.title ?? latest.current.context.t.team;
      const preview = toPreview(message.content, message.author, shell);
      callAttention(name, preview, message.id).catch(() => {});
      const text = await preview;
      if (newest === message && isUnread()) setPreview({ name, text });
    });
  }, [client, shell]);

  useLayoutEffect(() => {
    if (!notice) return;
    badgeTitle(notice);
    return restoreTitle;
  }, [notice]);

  useLayoutEffect(() => {
    if (unread) return;
    setHasMissed(false);
    setPreview(null);
  }, [unread]);

  // After each rendering: also what is hidden, or out of sight, is not read.
  useLayoutEffect(() => {
    if (unread && isSeen(shell, isOpen)) client.markRead();
  });

  return [preview, () => setPreview(null)];
}
