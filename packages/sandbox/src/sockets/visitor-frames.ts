import type { Dialect } from "../dialect/dialect.ts";
import { renderEvent } from "../dialect/render.ts";
import type { FaultSettings } from "../faults/fault-settings.ts";
import type { StoredMessage } from "../platform/models.ts";

export interface PushContext {
  readonly settings: Pick<FaultSettings, "sockets" | "foreignPush" | "nonMessageFrames" | "echoKey">;
  readonly dialect: Dialect;
  /** Older messages of the session that are pushed once more first. */
  readonly replayed: readonly StoredMessage[];
  /** The API key seen last, for `echoKey`. */
  readonly lastKey: string;
}

/** What a visitor socket hears when `fresh` messages of its session were kept. */
export function visitorFrames(
  fresh: readonly StoredMessage[],
  { settings, dialect, replayed, lastKey }: PushContext,
): readonly (string | Buffer)[] {
  if (settings.sockets === "mute") return [];
  const shown = [...replayed, ...fresh];
  if (settings.foreignPush) shown.push(...fresh.map(toForeign));

  const events = shown.map((message) => renderEvent(message, dialect));
  const stained = settings.echoKey ? events.map((event) => ({ ...event, apiKey: lastKey })) : events;
  const frames = stained.map((event) => JSON.stringify(event));
  return settings.nonMessageFrames ? [...NOISE, ...frames] : frames;
}

/** A message that belongs to somebody else's session and was pushed here by mistake. */
function toForeign(message: StoredMessage): StoredMessage {
  return {
    ...message,
    id: `foreign_${message.id}`,
    sessionPublicId: "another-visitors-session",
    content: `[not for this visitor] ${message.content}`,
  };
}

/** Frames that are no message: JSON of other kinds, text that is no JSON, an empty one, binary. */
const NOISE: readonly (string | Buffer)[] = [
  JSON.stringify({ type: "typing", payload: { by: "owner" } }),
  JSON.stringify({ type: "presence", data: { status: "online" } }),
  JSON.stringify({ event: "ping" }),
  JSON.stringify(["message"]),
  "null",
  "ping",
  "",
  '{"type":"message","payload":',
  Buffer.from([0, 255, 1, 254]),
];
