import type { ContextValues } from "@mailoo-chat/protocol";
import type { ChatWidgetOptions } from "../api/options.ts";
import { warn } from "../launcher/warn.ts";

/** What the option names, and switches. */
const PART = /^(?:page|referrer|utm|locale|\?.+|on|true|yes|1|off|false|no|0|)$/;

/** Warns once of each name and value that is never sent. */
export function createContextWarner() {
  const warned = new Set<string>();

  function warnOnce(option: string, value: unknown): void {
    const key = `${option}=${value}`;
    if (!warned.has(key)) warn(option, value);
    warned.add(key);
  }

  return {
    ofParts(parts: ChatWidgetOptions["context"]): void {
      for (const part of `${parts ?? ""}`.split(/[\s,]+/)) if (!PART.test(part)) warnOnce("context", part);
    },
    ofValues(values: ContextValues): void {
      for (const [name, value] of Object.entries(values))
        if (/object|function/.test(typeof (value ?? ""))) warnOnce(`context.${name}`, value);
    },
  };
}
