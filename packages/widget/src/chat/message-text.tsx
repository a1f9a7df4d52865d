import { createElement } from "preact";
import { useChat } from "./chat-context.tsx";
import { type TextFiles, toNeeded } from "./text-files.ts";

export interface MessageTextProps {
  readonly text: string;
  readonly author: string;
  readonly files: TextFiles;
}

/**
 * The text of a message, with its links and its formatting. While a file for these is on its way, the text shows as it was
 * written, and is hidden from screen readers, which would announce it twice.
 */
export function MessageText({ text, author, files }: MessageTextProps) {
  const { shell } = useChat();
  const needed = toNeeded(text, author, shell);
  if (!files.isLate && needed.some((name) => !files[name])) {
    return (
      <p key="raw" dir="auto" aria-hidden="true">
        {text}
      </p>
    );
  }
  const toLinks = (part: string) => files["find-links"]?.linkText(part, createElement) ?? part;
  const formatFile = needed.includes("format-text") && files["format-text"];
  return formatFile ? (
    formatFile.formatText(text, shell.shadow, createElement, toLinks)
  ) : (
    <p dir="auto">{toLinks(text)}</p>
  );
}
