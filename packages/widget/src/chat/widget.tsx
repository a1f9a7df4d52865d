import { useMemo, useState } from "preact/hooks";
import type { ChatClient } from "../client/chat-client.ts";
import { toTexts } from "../i18n/texts.ts";
import type { Shell } from "../launcher/shell.ts";
import { type ChatActions, ChatProvider, useChat } from "./chat-context.tsx";
import { useChatState } from "./hooks/use-chat-state.ts";
import { useLauncher } from "./hooks/use-launcher.tsx";
import { useOpenEvents } from "./hooks/use-open-events.ts";
import { useUnread } from "./hooks/use-unread.ts";
import { isInConversation } from "./is-in-conversation.ts";
import { Panel } from "./panel.tsx";
import { Teaser, type TeaserContent } from "./teaser.tsx";
import type { WidgetState } from "./widget-state.ts";

export interface WidgetProps {
  readonly shell: Shell;
  readonly client: ChatClient;
  readonly actions: ChatActions;
  readonly state: WidgetState;
}

/** All that the core shows: what stands beside the launcher, and from its first opening on the panel. */
export function Widget({ shell, client, actions, state }: WidgetProps) {
  const { isOpen, hasOpened, strings, conversation, filled } = state;
  const { options, region } = shell;
  const greeting = state.greeting?.text;
  const t = useMemo(() => toTexts(strings, options.strings), [strings, options.strings]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what the shell says is read where it is used.
  const context = useMemo(() => ({ shell, client, t, greeting, ...actions }), [options, region, t, greeting]);
  return (
    <ChatProvider value={context}>
      <BesideLauncher isOpen={isOpen} isGreeting={state.isGreeting} />
      {hasOpened && <Panel isOpen={isOpen} conversation={conversation} filled={filled} />}
    </ChatProvider>
  );
}

/** Renders again with every change of the client, and the panel as a whole does not. */
function BesideLauncher({ isOpen, isGreeting }: Pick<WidgetState, "isOpen" | "isGreeting">) {
  const { dismissGreeting, greeting, open, shell, t } = useChat();
  const chat = useChatState();
  useOpenEvents(isOpen);
  const [preview, dismissPreview] = useUnread(isOpen);
  const [dismissedKey, dismissFailed] = useState("");
  const failed = chat.timeline.find(({ state }) => state === "failed");
  const text = isGreeting && !isInConversation(chat) && greeting;
  useLauncher(isOpen, chat.unread, !!text);

  function toContent(): TeaserContent | null {
    if (isOpen || shell.isEmbedded) return null;
    if (preview) {
      const heading = (
        <>
          <span class="hidden">{t.newMessage}: </span>
          {preview.name}
        </>
      );
      return { heading, text: preview.text, dismiss: dismissPreview };
    }
    if (failed && failed.key !== dismissedKey)
      return { heading: t.failed, text: failed.content, dismiss: () => dismissFailed(failed.key) };
    return text ? { text, dismiss: dismissGreeting } : null;
  }

  return <Teaser content={toContent()} onOpen={open} />;
}
