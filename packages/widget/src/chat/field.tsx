import { VISITOR_FIELD_MAX_UNITS, type VisitorField } from "@mailoo-chat/protocol";
import type { RefObject } from "preact";
import { useChat } from "./chat-context.tsx";
import { isPlainEnter } from "./is-plain-enter.ts";

export type FieldProblem = "required" | "emailInvalid";

export interface FieldProps {
  readonly name: VisitorField;
  readonly required: boolean;
  readonly value: string;
  readonly problem: FieldProblem | false | undefined;
  readonly input?: RefObject<HTMLInputElement | null>;
  /** Id of a text that says more. */
  readonly describedBy?: string;
  onInput(value: string): void;
  onEnter(): void;
}

/** A field for what visitors say of themselves, with its problem. */
export function Field({
  name,
  required,
  value,
  problem,
  input,
  describedBy = "",
  onInput,
  onEnter,
}: FieldProps) {
  const { t } = useChat();
  return (
    <div class="field">
      <label for={name}>
        {t[name]}
        {!required && <small> ({t.optional})</small>}
      </label>
      <input
        ref={input ?? null}
        id={name}
        name={name}
        {...(name === "email" ? { type: "email" } : { type: "text" })}
        autocomplete={name}
        required={required}
        maxLength={VISITOR_FIELD_MAX_UNITS[name]}
        value={value}
        aria-invalid={Boolean(problem)}
        aria-describedby={`${describedBy} ${name}-problem`}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
        onKeyDown={(event) => {
          if (!isPlainEnter(event)) return;
          // Else the text box, which may take the focus now, would get a line break.
          event.preventDefault();
          onEnter();
        }}
      />
      <p class="problem" id={`${name}-problem`} aria-live="polite">
        {problem && <span key={problem}>{t[problem]}</span>}
      </p>
    </div>
  );
}
