import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { SendIcon } from "./icons.tsx";

export interface ReplyFormProps {
  readonly text: string;
  readonly name: string;
  readonly onText: (text: string) => void;
  readonly onReply: (text: string) => void;
}

/** Enter sends, Shift+Enter breaks the line, the Enter that ends a composition does neither. */
export function ReplyForm({ text, name, onText, onReply }: ReplyFormProps) {
  const box = useRef<HTMLTextAreaElement>(null);

  useEffect(() => {
    // A touch screen would cover half of the conversation with its keyboard.
    if (matchMedia("(pointer: fine)").matches) box.current?.focus();
  }, []);

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [text]);

  function submit(): void {
    if (text.trim() === "") return;
    onReply(text);
    box.current?.focus();
  }

  return (
    <form
      class="reply-form"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <textarea
        ref={box}
        rows={1}
        maxLength={10_000}
        aria-label="Reply"
        placeholder={`Reply to ${name}`}
        value={text}
        onInput={(event) => onText(event.currentTarget.value)}
        onKeyDown={(event) => {
          // Safari reports the Enter that ends a composition with key code 229 and isComposing false.
          if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
          event.preventDefault();
          submit();
        }}
      />
      <button type="submit" class="primary send" aria-label="Send reply" disabled={text.trim() === ""}>
        <SendIcon />
      </button>
    </form>
  );
}
