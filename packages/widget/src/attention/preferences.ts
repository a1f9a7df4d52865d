import type { ChatContextValue } from "../chat/chat-context.tsx";
import { keep, readKept } from "../chat/kept.ts";
import { isOn } from "../launcher/is-on.ts";

/** What the visitor has chosen, for this site. */
export interface Preferences {
  readonly sound: boolean;
  readonly notifications: boolean;
}

const SUFFIX = "#ui";

const chosen = new WeakMap<object, Partial<Preferences>>();

export function readPreferences({ shell }: ChatContextValue): Preferences {
  const defaults = { sound: isOn(shell.options.sound), notifications: false };
  return { ...defaults, ...readStored(shell.baseUrl), ...chosen.get(shell) };
}

/** Kept over visits once there is a conversation: nothing is stored before. */
export function writePreferences(context: ChatContextValue, change: Partial<Preferences>): void {
  const { shell, client } = context;
  chosen.set(shell, { ...chosen.get(shell), ...change });
  if (client.state.hasSession) {
    keep("localStorage", shell.baseUrl, SUFFIX, JSON.stringify(readPreferences(context)));
  }
}

function readStored(baseUrl: string): Partial<Preferences> {
  try {
    return Object(JSON.parse(`${readKept("localStorage", baseUrl, SUFFIX)}`));
  } catch {
    return {};
  }
}
