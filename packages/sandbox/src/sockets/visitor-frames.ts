import type { Dialect } from "../dialect/dialect.ts";
import { renderEvent } from "../dialect/render.ts";
import type { FaultSettings } from "../faults/fault-settings.ts";
import type { StoredMessage } from "../platform/models.ts";

export interface PushContext {
  readonly settings: Pick<FaultSettings, "sockets" | "foreignPush" | "nonMessageFrames" | "echoKey">;
  readonly dialect: Dialect;
  /** Older messages of the session that are pushed once more first. */
  readonly replayed: readonly StoredMessage[];
  /** The last API key received, for `echoKey`. */
  readonly lastKey: string;
}

/** The frames that a visitor socket gets for `fresh` messages of its session. */
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

/** A message of another session, pushed here by mistake. */
function toForeign(message: StoredMessage): StoredMessage {
  return {
    ...message,
    id: `foreign_${message.id}`,
    sessionPublicId: "another-visitors-session",
    content: `[not for this visitor] ${message.content}`,
  };
}

/** Frames that are not messages: other JSON, text that is not JSON, an empty frame, binary. */
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
