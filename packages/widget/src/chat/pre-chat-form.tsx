import {
  type ChatConfig,
  parseVisitorField,
  VISITOR_FIELD_MAX_UNITS,
  type VisitorField,
} from "@mailoo-chat/protocol";
import type { ComponentChildren } from "preact";
import type { AskedField } from "../client/asked-fields.ts";
import { toExtraTexts } from "../i18n/extra-texts.ts";
import { adoptSheet } from "./adopt-sheet.ts";
import { isPlainEnter } from "./is-plain-enter.ts";
import type { PartContext } from "./parts.tsx";
import css from "./pre-chat-form.css?inline";
import primary from "./primary.css?inline";

/** Asks who the visitor is, and shows what they agree to, before the first message. */
export interface PreChat {
  view(asked: readonly AskedField[], consent: ChatConfig["consent"]): ComponentChildren;
}

type Problem = "required" | "emailInvalid";

/**
 * No `<form>`: a page that is sandboxed without `allow-forms` would not let it be submitted.
 *
 * @param done called when all has been answered.
 */
export function createPreChat(context: PartContext, done: () => void): PreChat {
  const { client, shell, draw } = context;
  const t = toExtraTexts(context.t);
  const typed: Partial<Record<VisitorField, string>> = {};
  /** What was typed has been looked at: its problems are shown. */
  let isChecked = false;

  function submit(asked: readonly AskedField[]): void {
    const wrong = asked.find((field) => toProblem(field, typed[field.name]));
    if (wrong) {
      isChecked = true;
      draw();
      shell.shadow.querySelector<HTMLElement>(`#${wrong.name}`)?.focus();
      return;
    }
    isChecked = false;
    client.identify(Object.fromEntries(asked.map(({ name }) => [name, typed[name]])));
    done();
    shell.shadow.querySelector<HTMLElement>("textarea")?.focus({ preventScroll: true });
  }

  function viewField(field: AskedField, submitAll: () => void): ComponentChildren {
    const { name, required, isRefused } = field;
    const value = typed[name] ?? "";
    const problem = isChecked ? toProblem(field, value) : isRefused && toRefusal(name, value);
    return (
      <div class="field" key={name}>
        <label for={name}>
          {t[name]}
          {!required && <small> ({t.optional})</small>}
        </label>
        <input
          id={name}
          name={name}
          {...(name === "email" ? { type: "email" } : { type: "text" })}
          autocomplete={name}
          required={required}
          maxLength={VISITOR_FIELD_MAX_UNITS[name]}
          value={value}
          aria-invalid={Boolean(problem)}
          aria-describedby={`${name}-problem`}
          onInput={({ currentTarget }) => {
            typed[name] = currentTarget.value;
          }}
          onKeyDown={(event) => {
            if (isPlainEnter(event)) submitAll();
          }}
        />
        <p class="problem" id={`${name}-problem`} aria-live="polite">
          {problem && t[problem]}
        </p>
      </div>
    );
  }

  adoptSheet(shell.shadow, primary);
  adoptSheet(shell.shadow, css);
  return {
    view(asked, consent) {
      const url = consent && toSafeUrl(consent.url);
      const submitAll = () => submit(asked);
      return (
        <div class="pre-chat" part="pre-chat">
          {asked.length > 0 && <p>{t.intro}</p>}
          {asked.map((field) => viewField(field, submitAll))}
          {consent && (
            <p class="consent">
              {url ? (
                <a href={url} target="_blank" rel="noopener noreferrer">
                  {consent.text}
                </a>
              ) : (
                consent.text
              )}
            </p>
          )}
          <button type="button" class="primary" onClick={submitAll}>
            {t.start}
          </button>
        </div>
      );
    },
  };
}

function toProblem({ name, required }: AskedField, value = ""): Problem | undefined {
  if (value.trim() === "") return required ? "required" : undefined;
  return parseVisitorField(name, value) ? undefined : toRefusal(name, value);
}

function toRefusal(name: VisitorField, value: string): Problem {
  return name === "email" && value ? "emailInvalid" : "required";
}

/** The site owner's own address, and still no script. Undefined where there is none. */
function toSafeUrl(url: string): string | undefined {
  try {
    const parsed = new URL(url, document.baseURI);
    return url && /^https?:$/.test(parsed.protocol) ? parsed.href : undefined;
  } catch {
    return undefined;
  }
}
