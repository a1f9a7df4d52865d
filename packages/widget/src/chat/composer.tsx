import { type ChatConfig, checkContent, isVisible } from "@mailoo-chat/protocol";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { OUTBOX_MAX_ENTRIES } from "../client/outbox.ts";
import { withNumber } from "../i18n/texts.ts";
import { useChat } from "./chat-context.tsx";
import { Consent } from "./consent.tsx";
import { useChatState } from "./hooks/use-chat-state.ts";
import type { useDraft } from "./hooks/use-draft.ts";
import { Icon } from "./icon.tsx";
import { isPlainEnter } from "./is-plain-enter.ts";

export interface ComposerProps {
  /** Kept outside, since the composer gives way to a form at times. */
  readonly draft: ReturnType<typeof useDraft>;
  /** The text box takes the focus when it appears. @default false */
  readonly autoFocus?: boolean;
  /** What the visitor agrees to with a first message. @default nothing */
  readonly consent?: ChatConfig["consent"];
  /** Whether a text that can be sent may go now. @default yes */
  readonly mayGo?: () => boolean;
  /** Is given what the button does. */
  readonly sendRef?: { current: () => void };
}

/** Longest text if the BFF has not said yet, in UTF-16 units. */
const CONTENT_MAX = 4000;

/** The visitor is told how many characters are left when no more than this. */
const NEAR_LIMIT = 200;

/**
 * The text box and its button. A text that cannot be sent stays where it is. No `<form>`: a page that is sandboxed without
 * `allow-forms` would not let it be submitted.
 */
export function Composer({ draft: [text, setText], autoFocus, consent, mayGo, sendRef }: ComposerProps) {
  const { client, t, shell } = useChat();
  const maxUnits = useChatState().config?.limits.contentMax ?? CONTENT_MAX;
  const box = useRef<HTMLTextAreaElement>(null);
  /** Why a text was not sent, by the key of what the visitor is told; a wrong length is told by itself. */
  const [fault, setFault] = useState<"forbidden" | "slowDown" | null>(null);
  const length = isVisible(text) ? text.trim().length : 0;
  const left = maxUnits - length;

  // biome-ignore lint/correctness/useExhaustiveDependencies: later the visitor may be elsewhere.
  useLayoutEffect(() => {
    if (autoFocus) box.current?.focus({ preventScroll: true });
  }, []);

  function change(next: string): void {
    setText(next);
    setFault(null);
  }

  function send(): void {
    const element = box.current;
    if (!element) return;
    const checked = checkContent(element.value, maxUnits);
    if (!checked.ok && checked.fault === "forbidden-character") setFault("forbidden");
    if (!checked.ok || !isVisible(checked.content)) return;
    if (client.state.timeline.filter(({ state }) => state !== "sent").length >= OUTBOX_MAX_ENTRIES) {
      setFault("slowDown");
      return;
    }
    if (mayGo && !mayGo()) return;
    // Emptied at once: a second Enter before the next rendering finds nothing to send.
    element.value = "";
    change("");
    element.focus({ preventScroll: true });
    client.send(checked.content).catch(() => {});
  }

  if (sendRef) sendRef.current = send;

  function toHint(): string {
    if (fault) return t[fault];
    if (left > NEAR_LIMIT) return "";
    return withNumber(shell.locale, left < 0 ? t.tooLong : t.charactersLeft, Math.abs(left));
  }

  const hint = toHint();
  return (
    <>
      {consent && <Consent {...consent} />}
      <div class="composer" part="composer" data-text={text}>
        <textarea
          ref={box}
          aria-label={t.message}
          aria-describedby="hint"
          aria-invalid={left < 0 || fault === "forbidden"}
          placeholder={t.placeholder}
          rows={1}
          enterkeyhint="send"
          value={text}
          onInput={({ currentTarget }) => change(currentTarget.value)}
          onKeyDown={(event) => {
            if (!isPlainEnter(event)) return;
            event.preventDefault();
            send();
          }}
        />
        <button
          type="button"
          class="send"
          part="send"
          aria-label={t.send}
          disabled={length === 0 || left < 0}
          onClick={send}
        >
          <Icon name="send" />
        </button>
        <p id="hint" class="hint" aria-live="polite">
          {hint && <span key={hint}>{hint}</span>}
        </p>
      </div>
    </>
  );
}
