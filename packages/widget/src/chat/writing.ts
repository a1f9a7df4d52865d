import { type ContentFault, checkContent, isVisible } from "@mailoo-chat/protocol";
import type { Draft } from "./draft.ts";
import { isPlainEnter } from "./is-plain-enter.ts";

/** What the visitor is writing. A text that cannot be sent stays where it is. */
export interface Writing {
  /** UTF-16 units, as the limit counts. */
  readonly length: number;
  /** Why the last try to send was refused; null once the text has changed. */
  readonly fault: ContentFault | null;
  /** To be called when the text box may have been drawn. */
  prepare(): void;
  changed(): void;
  keyPressed(event: KeyboardEvent): void;
  send(): void;
  /** Forgets the text, and where it was kept. */
  clear(): void;
}

export interface WritingContext {
  readonly draft: Draft;
  readonly findBox: () => HTMLTextAreaElement | null;
  readonly maxUnits: () => number;
  readonly send: (text: string) => void;
  /** Draws again. */
  readonly draw: () => void;
}

export function createWriting({ draft, findBox, maxUnits, send, draw }: WritingContext): Writing {
  let box: HTMLTextAreaElement | null = null;

  function changed(): void {
    if (!box) return;
    draft.write(box.value);
    writing.length = isVisible(box.value) ? box.value.trim().length : 0;
    writing.fault = null;
    draw();
    // Rendered anew, the form may stand in its place.
    if (!box) return;
    // As high as its text, up to what the style sheet allows.
    box.style.height = box.value && "0";
    if (box.value) box.style.height = `${box.scrollHeight}px`;
  }

  function replaceText(text: string): void {
    if (!box) return;
    box.value = text;
    changed();
  }

  function trySend(): void {
    const verdict = checkContent(box?.value ?? "", maxUnits());
    if (verdict.ok && isVisible(verdict.content)) {
      // Emptied before anything else happens: a second Enter right behind finds nothing to send.
      replaceText("");
      box?.focus({ preventScroll: true });
      send(verdict.content);
    } else {
      writing.fault = verdict.ok ? "empty" : verdict.fault;
      draw();
    }
  }

  const writing = {
    length: 0,
    fault: null as ContentFault | null,
    prepare() {
      const before = box;
      box = findBox();
      if (box !== before) replaceText(draft.read());
    },
    changed,
    keyPressed(event: KeyboardEvent) {
      if (!isPlainEnter(event)) return;
      event.preventDefault();
      trySend();
    },
    send: trySend,
    clear() {
      draft.write("");
      replaceText("");
    },
  };
  return writing;
}
