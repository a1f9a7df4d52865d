import { parseVisitorField } from "@mailoo-chat/protocol";
import type { ComponentChild, RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { useChat } from "./chat-context.tsx";
import { Field } from "./field.tsx";
import { useChatState } from "./hooks/use-chat-state.ts";
import type { FilledText } from "./hooks/use-draft.ts";
import type { ConversationStart } from "./widget-state.ts";

/**
 * Asks where an answer can go, once the visitor has written while nobody is there. The text stays in the text box until
 * the question is answered.
 *
 * @param conversation changes with each new one
 * @param filled a text that the visitor wants to send may come by this, too
 * @param send sends what is in the text box, if it may go
 * @returns the question, if it is asked now, and whether the text may go; if not, it is asked from now on
 */
export function useAwayEmail(
  conversation: ConversationStart,
  filled: FilledText | null,
  send: () => void,
): readonly [question: ComponentChild, mayGo: () => boolean] {
  const { client } = useChat();
  const { awayEmail } = useChatState();
  const input = useRef<HTMLInputElement>(null);
  /** How often the visitor has tried to send the text. */
  const [tried, setTried] = useState({ conversation, times: 0 });
  const times = tried.conversation === conversation ? tried.times : 0;

  useLayoutEffect(() => {
    if (filled?.isToBeSent) setTried((before) => ({ ...before, times: before.times + 1 }));
  }, [filled]);

  useLayoutEffect(() => {
    // When it is asked again, the visitor may be typing another text.
    if (!awayEmail) setTried((before) => ({ ...before, times: 0 }));
  }, [awayEmail]);

  function mayGo(): boolean {
    const email = parseVisitorField("email", input.current?.value);
    if (client.state.awayEmail && email) client.answer({ email });
    if (!client.state.awayEmail) return true;
    setTried({ conversation, times: times + 1 });
    return false;
  }

  const question = awayEmail && times > 0 && (
    <AwayEmail
      key={conversation.number}
      input={input}
      times={times}
      isOptional={awayEmail === "optional"}
      onSend={send}
      onLeave={() => setTried({ conversation, times: 0 })}
    />
  );
  return [question, mayGo];
}

interface AwayEmailProps {
  readonly input: RefObject<HTMLInputElement | null>;
  /** The first time is not to be blamed for a missing address. */
  readonly times: number;
  readonly isOptional: boolean;
  onSend(): void;
  onLeave(): void;
}

function AwayEmail({ input, times, isOptional, onSend, onLeave }: AwayEmailProps) {
  const { client, shell, t } = useChat();
  const [value, setValue] = useState("");

  useLayoutEffect(() => {
    if (times) input.current?.focus({ preventScroll: true });
  }, [input, times]);

  function decline(): void {
    client.declineEmail();
    onSend();
  }

  function keyPressed(event: KeyboardEvent): void {
    if (event.key !== "Escape" || event.isComposing) return;
    // It leads back to the text, and does not close the panel.
    event.stopPropagation();
    event.preventDefault();
    onLeave();
    shell.shadow.querySelector("textarea")?.focus({ preventScroll: true });
  }

  function toProblem() {
    if (times < 2 || parseVisitorField("email", value)) return undefined;
    return value.trim() ? "emailInvalid" : "required";
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: for the keys of what is in it.
    <div class="pre-chat" part="pre-chat" onKeyDown={keyPressed}>
      <p id="question">{t.awayEmail}</p>
      <Field
        name="email"
        required
        value={value}
        problem={toProblem()}
        input={input}
        describedBy="question"
        onInput={setValue}
        onEnter={onSend}
      />
      {isOptional && (
        <button type="button" class="without" onClick={decline}>
          {t.sendWithout}
        </button>
      )}
    </div>
  );
}
