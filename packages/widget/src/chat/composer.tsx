import type { Texts } from "../i18n/texts.ts";
import { Icon } from "./icon.tsx";
import type { Occasional } from "./occasional.tsx";
import type { Writing } from "./writing.ts";

export interface ComposerProps {
  readonly t: Texts;
  readonly maxUnits: number;
  readonly writing: Writing;
  readonly occasional: () => Occasional | undefined;
}

/** The visitor is told how many characters are left when no more than this. */
const NEAR_LIMIT = 200;

/** The text box and its button. No `<form>`: a page that is sandboxed without `allow-forms` would not let it be submitted. */
export function Composer({ t, maxUnits, writing, occasional }: ComposerProps) {
  const left = maxUnits - writing.length;
  const isForbidden = writing.fault === "forbidden-character";
  return (
    <div class="composer" part="composer">
      <textarea
        aria-label={t.message}
        aria-describedby="hint"
        aria-invalid={left < 0 || isForbidden}
        placeholder={t.placeholder}
        rows={1}
        enterkeyhint="send"
        onInput={writing.changed}
        onKeyDown={writing.keyPressed}
      />
      <button
        type="button"
        class="send"
        part="send"
        aria-label={t.send}
        disabled={writing.length === 0}
        onClick={writing.send}
      >
        <Icon name="send" />
      </button>
      <p id="hint" class="hint" aria-live="polite">
        {(left <= NEAR_LIMIT || isForbidden) && occasional()?.viewHint(left, isForbidden)}
      </p>
    </div>
  );
}
