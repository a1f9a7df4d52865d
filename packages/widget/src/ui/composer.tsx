import { type ContentFault, checkContent } from "@mailoo-chat/protocol";
import { Component } from "preact";
import { Icon } from "./icon.tsx";
import { type Texts, withNumber } from "./texts.ts";

export interface ComposerProps {
  readonly t: Texts;
  readonly locale: string;
  readonly maxUnits: number;
  readonly draft: Draft;
  readonly send: (text: string) => void;
}

/** A text that is not sent yet, kept over a reload. */
export interface Draft {
  read(): string;
  write(text: string): void;
}

interface ComposerState {
  /** UTF-16 units, as the limit counts. */
  readonly length: number;
  /** Why the last try to send was refused; null once the text has changed. */
  readonly fault: ContentFault | null;
}

/** The visitor is told how many characters are left when no more than this. */
const NEAR_LIMIT = 200;

/** Key code of a key that an input method has taken. Safari gives it, and no `isComposing`, to the Enter that ends a composition. */
const TAKEN_BY_IME = 229;

/** The text box and its button. A text that cannot be sent stays where it is. */
export class Composer extends Component<ComposerProps, ComposerState> {
  override state: ComposerState = { length: 0, fault: null };
  #box: HTMLTextAreaElement | null = null;

  override componentDidMount(): void {
    this.#replaceText(this.props.draft.read());
  }

  override render({ t, locale, maxUnits }: ComposerProps, { length, fault }: ComposerState) {
    const left = maxUnits - length;
    const problem = fault === "forbidden-character" && t.forbidden;
    const hint =
      left < 0
        ? withNumber(locale, t.tooLong, -left)
        : left <= NEAR_LIMIT
          ? withNumber(locale, t.charactersLeft, left)
          : "";
    return (
      <form
        class="composer"
        part="composer"
        onSubmit={(event) => {
          event.preventDefault();
          this.#send();
        }}
      >
        <textarea
          aria-label={t.message}
          aria-describedby="hint"
          aria-invalid={left < 0 || Boolean(problem)}
          placeholder={t.placeholder}
          rows={1}
          enterkeyhint="send"
          ref={(box) => {
            this.#box = box;
          }}
          onInput={() => this.#textChanged()}
          onKeyDown={(event) => this.#keyPressed(event)}
        />
        <button type="submit" class="send" part="send" aria-label={t.send} disabled={length === 0}>
          <Icon name="send" />
        </button>
        <p id="hint" class="hint" aria-live="polite">
          {problem || hint}
        </p>
      </form>
    );
  }

  #keyPressed(event: KeyboardEvent): void {
    const isComposing = event.isComposing || event.keyCode === TAKEN_BY_IME;
    if (event.key !== "Enter" || event.shiftKey || isComposing) return;
    event.preventDefault();
    this.#send();
  }

  #send(): void {
    const verdict = checkContent(this.#box?.value ?? "", this.props.maxUnits);
    if (verdict.ok) {
      // Emptied before anything else happens: a second Enter right behind finds nothing to send.
      this.#replaceText("");
      this.#box?.focus({ preventScroll: true });
      this.props.send(verdict.content);
    } else this.setState({ fault: verdict.fault });
  }

  #replaceText(text: string): void {
    if (!this.#box) return;
    this.#box.value = text;
    this.#textChanged();
  }

  #textChanged(): void {
    const box = this.#box;
    if (!box) return;
    this.props.draft.write(box.value);
    this.setState({ length: box.value.trim().length, fault: null });
    // As high as its text, up to what the style sheet allows.
    box.style.height = "0";
    box.style.height = `${box.scrollHeight}px`;
  }
}
