import type { ChatConfig, PreChatField } from "@mailoo-chat/protocol";
import type { ComponentChildren } from "preact";
import { adoptSheet } from "../ui/adopt-sheet.ts";
import type { PartContext } from "../ui/parts.tsx";
import { toExtraTexts } from "./extra-texts.ts";
import css from "./pre-chat.css?inline";
import primary from "./primary.css?inline";

/** Asks who the visitor is, and shows what they agree to, before the first message. */
export interface PreChat {
  view(config: ChatConfig): ComponentChildren;
}

type Problem = "required" | "emailInvalid";

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** @param done called when all has been answered. */
export function createPreChat(context: PartContext, done: () => void): PreChat {
  const { client, shell, draw } = context;
  const t = toExtraTexts(context.t);
  let problems: Partial<Record<PreChatField["name"], Problem | undefined>> = {};

  function submit(form: HTMLFormElement, { preChat }: ChatConfig): void {
    const values = new FormData(form);
    const answers = preChat.fields.map(({ name, required }) => {
      const value = String(values.get(name) ?? "").trim();
      return { name, value, problem: toProblem(name, value, required) };
    });
    const wrong = answers.find(({ problem }) => problem);
    if (wrong) {
      problems = Object.fromEntries(answers.map(({ name, problem }) => [name, problem]));
      draw();
      form.querySelector<HTMLElement>(`#${wrong.name}`)?.focus();
      return;
    }
    const given = answers.filter(({ value }) => value !== "");
    if (given.length > 0) client.identify(Object.fromEntries(given.map(({ name, value }) => [name, value])));
    done();
  }

  function viewField({ name, required }: PreChatField): ComponentChildren {
    const problem = problems[name];
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
          maxLength={200}
          aria-invalid={Boolean(problem)}
          aria-describedby={`${name}-problem`}
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
    view(config) {
      const { consent, preChat } = config;
      const url = consent && toSafeUrl(consent.url);
      return (
        <form
          class="pre-chat"
          part="pre-chat"
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            submit(event.currentTarget, config);
          }}
        >
          {preChat.fields.length > 0 && <p>{t.intro}</p>}
          {preChat.fields.map(viewField)}
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
          <button type="submit" class="primary">
            {t.start}
          </button>
        </form>
      );
    },
  };
}

function toProblem(name: PreChatField["name"], value: string, required: boolean): Problem | undefined {
  if (value === "") return required ? "required" : undefined;
  return name === "email" && !EMAIL.test(value) ? "emailInvalid" : undefined;
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
