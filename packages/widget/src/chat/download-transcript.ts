import type { TimelineEntry } from "../client/chat-client.ts";
import type { Strings } from "../i18n/strings.ts";

/** The conversation as a text file. Made in the browser: no request is sent. */
export function downloadTranscript(timeline: readonly TimelineEntry[], t: Strings, locale: string): void {
  const url = URL.createObjectURL(
    new Blob([toTranscript(timeline, t, locale)], { type: "text/plain;charset=utf-8" }),
  );
  const link = document.createElement("a");
  link.href = url;
  link.download = `chat-${new Date().toISOString().slice(0, 10)}.txt`;
  link.click();
  // Not at once: some engines read the blob only after the click is done.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** One paragraph for each message: who and when, then the text. */
export function toTranscript(timeline: readonly TimelineEntry[], t: Strings, locale: string): string {
  const time = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  return timeline
    .map(({ author, authorName, createdAtMs, content, state }) => {
      const name = author === "visitor" ? t.you : (authorName ?? t.team);
      const unsent = state === "sent" ? "" : ` (${t[state]})`;
      return `${name}, ${time.format(createdAtMs)}${unsent}\n${content}\n`;
    })
    .join("\n");
}
