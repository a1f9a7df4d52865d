import type { ComponentChildren } from "preact";
import type { EndReason } from "../client/chat-client.ts";
import { toExtraTexts } from "../i18n/extra-texts.ts";
import { adoptSheet } from "./adopt-sheet.ts";
import css from "./ended.css?inline";
import type { PartContext } from "./parts.tsx";
import primary from "./primary.css?inline";

/** Says that there is no more to write here, and offers a new conversation where one is allowed. */
export interface Ended {
  view(reason: EndReason): ComponentChildren;
}

export function createEnded({ shell, startNew, t: texts }: PartContext): Ended {
  const t = toExtraTexts(texts);

  adoptSheet(shell.shadow, primary);
  adoptSheet(shell.shadow, css);
  return {
    view: (reason) =>
      reason === "origin-not-allowed" ? (
        <div class="ended">
          <p>{t.unavailable}</p>
        </div>
      ) : (
        <div class="ended">
          <p>{t.ended}</p>
          <button type="button" class="primary" onClick={startNew}>
            {t.startNew}
          </button>
        </div>
      ),
  };
}
