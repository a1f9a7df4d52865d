import type { ChatContextValue } from "../chat/chat-context.tsx";
import { isOn } from "../launcher/is-on.ts";
import { toStorageKey } from "../launcher/stored-keys.ts";

/** What the visitor has chosen, for this site. */
export interface Preferences {
  readonly sound: boolean;
  readonly notifications: boolean;
}

const chosen = new WeakMap<object, Partial<Preferences>>();

export function readPreferences({ shell }: ChatContextValue): Preferences {
  const defaults = { sound: isOn(shell.options.sound), notifications: false };
  return { ...defaults, ...readStored(shell.baseUrl), ...chosen.get(shell) };
}

/** Kept over visits once there is a conversation: nothing is stored before. */
export function writePreferences(context: ChatContextValue, change: Partial<Preferences>): void {
  const { shell, client } = context;
  chosen.set(shell, { ...chosen.get(shell), ...change });
  if (!client.state.hasSession) return;
  try {
    localStorage.setItem(toKey(shell.baseUrl), JSON.stringify(readPreferences(context)));
  } catch {
    // Forbidden or full: the choice holds until the page is left.
  }
}

function readStored(baseUrl: string): Partial<Preferences> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(toKey(baseUrl)) ?? "{}");
    if (typeof value !== "object" || value === null) return {};
    return Object.fromEntries(
      Object.entries(value).filter(
        ([name, on]) => /^(?:sound|notifications)$/.test(name) && typeof on === "boolean",
      ),
    );
  } catch {
    return {};
  }
}

function toKey(baseUrl: string): string {
  return `${toStorageKey(baseUrl)}#ui`;
}
