import { type ChatConfig, parseVisitorField, type VisitorField } from "@mailoo-chat/protocol";
import { useRef, useState } from "preact/hooks";
import type { AskedField } from "../client/asked-fields.ts";
import { useChat } from "./chat-context.tsx";
import { Consent } from "./consent.tsx";
import { Field, type FieldProblem } from "./field.tsx";

export interface PreChatFormProps {
  readonly asked: readonly AskedField[];
  readonly consent: ChatConfig["consent"];
  /** Called when all has been answered. */
  readonly onDone: () => void;
}

/**
 * Asks who the visitor is, and shows what they agree to, before the first message. No `<form>`: a page that is sandboxed
 * without `allow-forms` would not let it be submitted.
 */
export function PreChatForm({ asked, consent, onDone }: PreChatFormProps) {
  const { client, t } = useChat();
  const form = useRef<HTMLDivElement>(null);
  const [values, setValues] = useState<Partial<Record<VisitorField, string>>>({});
  /** The visitor has tried to go on: problems are shown. */
  const [isChecked, setChecked] = useState(false);

  function submit(): void {
    // From the fields themselves: an assistant that fills them in and clicks at once leaves no time to render.
    const fieldOf = (name: string) => form.current?.querySelector<HTMLInputElement>(`#${name}`);
    const answers = Object.fromEntries(asked.map(({ name }) => [name, fieldOf(name)?.value]));
    const wrong = asked.find((field) => toProblem(field, answers[field.name]));
    setChecked(!!wrong);
    if (wrong) {
      fieldOf(wrong.name)?.focus();
      return;
    }
    client.answer(answers);
    onDone();
  }

  return (
    <div class="pre-chat" part="pre-chat" ref={form}>
      {asked.length > 0 && <p>{t.intro}</p>}
      {asked.map((field) => {
        const { name, required, isRefused } = field;
        const value = values[name] ?? "";
        const problem = isChecked ? toProblem(field, value) : isRefused && toRefusal(name, value);
        return (
          <Field
            key={name}
            name={name}
            required={required}
            value={value}
            problem={problem}
            onInput={(next) => setValues({ ...values, [name]: next })}
            onEnter={submit}
          />
        );
      })}
      {consent && <Consent {...consent} />}
      <button type="button" class="primary" onClick={submit}>
        {t.start}
      </button>
    </div>
  );
}

function toProblem({ name, required }: AskedField, value = ""): FieldProblem | undefined {
  if (value.trim() === "") return required ? "required" : undefined;
  return parseVisitorField(name, value) ? undefined : toRefusal(name, value);
}

function toRefusal(name: VisitorField, value: string): FieldProblem {
  return name === "email" && value ? "emailInvalid" : "required";
}
