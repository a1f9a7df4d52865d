import type { ChatConfig, PreChatField } from "@mailoo-chat/protocol";
import { Component } from "preact";
import { adoptSheet } from "../ui/adopt-sheet.ts";
import type { PartContext } from "../ui/parts.tsx";
import { toExtraTexts } from "./extra-texts.ts";
import css from "./pre-chat.css?inline";

export interface PreChatProps extends PartContext {
  readonly config: ChatConfig;
  readonly done: () => void;
}

interface PreChatState {
  readonly problems: { readonly [Name in PreChatField["name"]]?: "required" | "emailInvalid" };
}

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** Asks who the visitor is, and shows what they agree to, before the first message. */
export class PreChat extends Component<PreChatProps, PreChatState> {
  override state: PreChatState = { problems: {} };

  override render({ config, shell, t: texts }: PreChatProps, { problems }: PreChatState) {
    adoptSheet(shell.shadow, css);
    const t = toExtraTexts(texts);
    const { consent } = config;
    return (
      <form
        class="pre-chat"
        part="pre-chat"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          this.#submit(event.currentTarget);
        }}
      >
        {config.preChat.fields.length > 0 && <p>{t.intro}</p>}
        {config.preChat.fields.map(({ name, required }) => {
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
        })}
        {consent && (
          <p class="consent">
            <a href={toSafeUrl(consent.url) ?? ""} target="_blank" rel="noopener noreferrer">
              {consent.text}
            </a>
          </p>
        )}
        <button type="submit" class="primary">
          {t.start}
        </button>
      </form>
    );
  }

  #submit(form: HTMLFormElement): void {
    const { config, client, done } = this.props;
    const values = new FormData(form);
    const answers = config.preChat.fields.map(({ name, required }) => {
      const value = String(values.get(name) ?? "").trim();
      return { name, value, problem: toProblem(name, value, required) };
    });
    const wrong = answers.find(({ problem }) => problem);
    if (wrong) {
      this.setState({ problems: Object.fromEntries(answers.map(({ name, problem }) => [name, problem])) });
      form.querySelector<HTMLElement>(`#${wrong.name}`)?.focus();
      return;
    }
    const given = answers.filter(({ value }) => value !== "");
    if (given.length > 0) client.identify(Object.fromEntries(given.map(({ name, value }) => [name, value])));
    done();
  }
}

function toProblem(name: PreChatField["name"], value: string, required: boolean) {
  if (value === "") return required ? "required" : undefined;
  return name === "email" && !EMAIL.test(value) ? "emailInvalid" : undefined;
}

/** The site owner's own address, and still no script. */
function toSafeUrl(url: string): string | undefined {
  try {
    const parsed = new URL(url, document.baseURI);
    return /^https?:$/.test(parsed.protocol) ? parsed.href : undefined;
  } catch {
    return undefined;
  }
}
