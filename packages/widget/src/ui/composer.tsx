import { Icon } from "./icon.tsx";
import { type Texts, withNumber } from "./texts.ts";
import type { Writing } from "./writing.ts";

export interface ComposerProps {
  readonly t: Texts;
  readonly locale: string;
  readonly maxUnits: number;
  readonly writing: Writing;
}

/** The visitor is told how many characters are left when no more than this. */
const NEAR_LIMIT = 200;

/** The text box and its button. */
export function Composer({ t, locale, maxUnits, writing }: ComposerProps) {
  const left = maxUnits - writing.length;
  const problem = writing.fault === "forbidden-character" && t.forbidden;
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
        writing.send();
      }}
    >
      <textarea
        aria-label={t.message}
        aria-describedby="hint"
        aria-invalid={left < 0 || Boolean(problem)}
        placeholder={t.placeholder}
        rows={1}
        enterkeyhint="send"
        onInput={writing.changed}
        onKeyDown={writing.keyPressed}
      />
      <button type="submit" class="send" part="send" aria-label={t.send} disabled={writing.length === 0}>
        <Icon name="send" />
      </button>
      <p id="hint" class="hint" aria-live="polite">
        {problem || hint}
      </p>
    </form>
  );
}
