import { z } from "zod";
import { withoutUndefined } from "../without-undefined.ts";

/**
 * The platform has not published the JSON of its answers, so the sandbox can speak several plausible shapes. A dialect
 * is one choice per axis; `DIALECTS` names some combinations. Only webhook answers and visitor sockets speak it: the
 * dashboard and the console keep the default.
 */
export const dialectAxes = z.strictObject({
  /** Where a list of messages stands. `bare` is an array without an envelope. */
  list: z.enum(["messages", "bare", "data", "items", "results", "data.messages", "data.items"]),
  id: z.enum(["id", "publicId", "messageId", "uid"]),
  content: z.enum(["content", "text", "body", "message"]),
  time: z.enum(["createdAt", "created_at", "sentAt", "sent_at", "timestamp"]),
  timeFormat: z.enum(["iso", "isoMicroseconds", "isoOffset", "epochMs", "epochSeconds"]),
  author: z.enum([
    "senderType",
    "sender_type",
    "direction",
    "sender",
    "senderObject",
    "role",
    "author",
    "authorObject",
    "from",
    "isVisitor",
    "isOwner",
  ]),
  /** How a session is named beside a message. */
  session: z.enum(["sessionPublicId", "session_public_id", "sessionId", "sessionObject"]),
  /**
   * A send's answer: `receipt` names ids and carries a sentence as `message`; `message` is the message itself;
   * `messageObject` has it under `message`, `data` under `data`, `dataReceipt` is a receipt under `data`.
   */
  send: z.enum(["receipt", "message", "messageObject", "data", "dataReceipt"]),
  status: z.enum(["status", "STATUS", "online", "isOnline", "available", "data.status"]),
  /** What a visitor socket pushes. */
  event: z.enum(["typePayload", "bare", "eventData", "typeMessage", "typeData"]),
});

export type Dialect = Readonly<z.infer<typeof dialectAxes>>;

const DEFAULT: Dialect = {
  list: "messages",
  id: "id",
  content: "content",
  time: "createdAt",
  timeFormat: "iso",
  author: "senderType",
  session: "sessionPublicId",
  send: "receipt",
  status: "status",
  event: "typePayload",
};

/** Named combinations, so that a test can run over all of them. Between them they use every choice of every axis. */
export const DIALECTS = {
  default: DEFAULT,
  bare: { ...DEFAULT, list: "bare", author: "direction", send: "message", event: "bare", status: "STATUS" },
  data: { ...DEFAULT, list: "data", id: "publicId", author: "senderObject", send: "data", event: "typeData" },
  items: {
    ...DEFAULT,
    list: "items",
    id: "uid",
    content: "text",
    time: "sentAt",
    author: "isVisitor",
    session: "sessionObject",
    send: "messageObject",
    status: "isOnline",
    event: "eventData",
  },
  nested: {
    ...DEFAULT,
    list: "data.messages",
    id: "messageId",
    content: "body",
    time: "timestamp",
    author: "role",
    send: "dataReceipt",
    status: "data.status",
    event: "typeMessage",
  },
  nestedItems: {
    ...DEFAULT,
    list: "data.items",
    content: "message",
    timeFormat: "isoOffset",
    author: "authorObject",
    status: "available",
  },
  results: { ...DEFAULT, list: "results", timeFormat: "isoMicroseconds", author: "from", status: "online" },
  snake: {
    ...DEFAULT,
    time: "created_at",
    timeFormat: "isoMicroseconds",
    author: "sender_type",
    session: "session_public_id",
  },
  epoch: { ...DEFAULT, time: "timestamp", timeFormat: "epochMs", author: "sender", session: "sessionId" },
  epochSeconds: { ...DEFAULT, time: "sent_at", timeFormat: "epochSeconds", author: "author" },
  flag: { ...DEFAULT, author: "isOwner", event: "bare" },
} as const satisfies Record<string, Dialect>;

export type DialectName = keyof typeof DIALECTS;

/** A name, or some axes over the default. */
export const dialectSetting = z.union([
  // True for the keys of this object literal.
  z.enum(Object.keys(DIALECTS) as [DialectName, ...DialectName[]]),
  dialectAxes.partial(),
]);

export type DialectSetting = z.infer<typeof dialectSetting>;

export function resolveDialect(setting: DialectSetting): Dialect {
  if (typeof setting === "string") return DIALECTS[setting];
  return { ...DEFAULT, ...withoutUndefined(setting) };
}
