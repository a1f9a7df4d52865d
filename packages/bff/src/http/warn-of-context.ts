import type { ContextValues } from "@mailoo-chat/protocol";
import type { Logger } from "pino";

/** Anybody can send any name. */
const LOGGED_MAX = 20;
const NAME_MAX_UNITS = 40;

/** Logs each name once that a page sends and that `MAILOO_CHAT_CONTEXT` does not list: its value is dropped. */
export function warnOfContext(names: readonly string[], log: Logger) {
  const logged = new Set<string>();
  return (values: ContextValues = {}): void => {
    for (const sent of Object.keys(values)) {
      const name = sent.slice(0, NAME_MAX_UNITS);
      if (names.includes(name) || logged.has(name) || logged.size >= LOGGED_MAX) continue;
      logged.add(name);
      log.warn({ name }, "a page sends context that MAILOO_CHAT_CONTEXT does not list: it is dropped");
    }
  };
}
