import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { useAwayEmail } from "./away-email.tsx";
import { Boundary } from "./boundary.tsx";
import { useChat } from "./chat-context.tsx";
import { Composer } from "./composer.tsx";
import { Ended } from "./ended.tsx";
import { Header } from "./header.tsx";
import { History } from "./history.tsx";
import { useBackCloses } from "./hooks/use-back-closes.ts";
import { useChatState } from "./hooks/use-chat-state.ts";
import { useDraft } from "./hooks/use-draft.ts";
import { useKeepFocus } from "./hooks/use-keep-focus.ts";
import { useMediaQuery } from "./hooks/use-media-query.ts";
import { useVisualViewport } from "./hooks/use-visual-viewport.ts";
import { isInConversation } from "./is-in-conversation.ts";
import { keepScroll } from "./keep-scroll.ts";
import { Notice } from "./notice.tsx";
import { PreChatForm } from "./pre-chat-form.tsx";
import type { WidgetState } from "./widget-state.ts";
import { wrapFocus } from "./wrap-focus.ts";

export type PanelProps = Pick<WidgetState, "isOpen" | "conversation" | "filled">;

/** The panel covers a phone's screen. The same condition as in the style sheet. */
export const FULL_SCREEN = "(max-width: 480px), (max-height: 420px)";

/** A part of the page is none of its dialogs. */
const REGION = { role: "region", "aria-modal": undefined } as const;

export function Panel({ isOpen, conversation, filled }: PanelProps) {
  const { minimise, shell } = useChat();
  const { isEmbedded, options } = shell;
  const panel = useRef<HTMLDivElement>(null);
  const isFullScreen = useMediaQuery(FULL_SCREEN) && !isEmbedded;
  useLayoutEffect(() => keepScroll(panel.current as HTMLElement, shell), [shell]);
  useKeepFocus(panel);
  useVisualViewport(panel, isFullScreen || options.mode === "page");
  useBackCloses(isOpen && isFullScreen, minimise);

  function keyPressed(event: KeyboardEvent): void {
    if (event.key === "Tab" && isFullScreen && panel.current) wrapFocus(panel.current, event);
    if (isEmbedded || event.key !== "Escape" || event.isComposing) return;
    // Nothing of the page's is to close with it.
    event.preventDefault();
    minimise();
  }

  return (
    <div
      class="panel"
      part="panel"
      role="dialog"
      aria-labelledby="title"
      aria-modal={isFullScreen}
      {...(isEmbedded && REGION)}
      tabIndex={-1}
      ref={panel}
      onKeyDown={keyPressed}
    >
      <Boundary>
        <Header />
      </Boundary>
      <Boundary>
        <Notice />
      </Boundary>
      <Boundary>
        <History isOpen={isOpen} />
      </Boundary>
      <Bottom conversation={conversation} filled={filled} />
    </div>
  );
}

type BottomProps = Omit<PanelProps, "isOpen">;

interface ComposerOrFormProps extends BottomProps {
  readonly draft: ReturnType<typeof useDraft>;
}

/** What the visitor can do: write, say who they are first, or begin a new conversation. */
function Bottom(props: BottomProps) {
  const draft = useDraft(props.conversation, props.filled);
  return (
    <Boundary fallback={<Composer draft={draft} />}>
      <ComposerOrForm draft={draft} {...props} />
    </Boundary>
  );
}

function ComposerOrForm({ draft, conversation, filled }: ComposerOrFormProps) {
  const chat = useChatState();
  const { config, notice, asked } = chat;
  /** The conversation for which the form was filled in. */
  const [introducedIn, setIntroducedIn] = useState<object | null>(null);
  const isIntroduced = introducedIn === conversation;
  const send = useRef(() => {});
  const [question, mayGo] = useAwayEmail(conversation, filled, () => send.current());
  if (notice?.kind === "ended") return <Ended reason={notice.reason} />;

  const consent = config?.consent ?? null;
  const isBefore = !isIntroduced && !isInConversation(chat);
  const asks = asked.some(({ required }) => required) || (isBefore && asked.length > 0);
  return asks ? (
    <PreChatForm
      key={conversation.number}
      asked={asked}
      consent={consent}
      onDone={() => setIntroducedIn(conversation)}
    />
  ) : (
    <>
      {question}
      <Composer
        draft={draft}
        autoFocus={isIntroduced && !question}
        consent={isBefore ? consent : null}
        mayGo={mayGo}
        sendRef={send}
      />
    </>
  );
}
