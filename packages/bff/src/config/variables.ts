import type { PreChatField } from "@mailoo-chat/protocol";
import { z } from "zod";
import { parseTrustProxy } from "../lib/client-address.ts";
import { isTimeZone } from "../lib/office-hours.ts";
import { type OriginPattern, parseOriginPattern } from "../lib/origins.ts";
import { parseCap, parseRateLimit } from "../lib/rate-limit.ts";

const required = z.string({ error: "is required" });

/** A value read by a function of our own that gives undefined where it makes no sense. */
function readBy<T>(parse: (text: string) => T | undefined, expected: string) {
  return z.string().transform((text, context): T => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: "custom", message: `must be ${expected}` });
    return z.NEVER;
  });
}

const identifier = required.regex(/^[\w.~:@-]{1,200}$/, "must be 1 to 200 of letters, digits and ._~:@-");
const httpUrl = readBy((text) => toBaseUrl(text, ["http:", "https:"]), "an http or https URL");
const socketUrl = readBy(
  (text) => toBaseUrl(text, ["http:", "https:", "ws:", "wss:"]),
  "an http, https, ws or wss URL",
);
const port = readBy(
  (text) => (/^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined),
  "a port, 0 to 65535",
);
const rate = readBy(parseRateLimit, "count/seconds such as 600/60, or 0 for off");
const cap = readBy(parseCap, "a whole number, or 0 for off");
const onOff = readBy(
  (text) => ({ on: true, true: true, "1": true, off: false, false: false, "0": false })[text.toLowerCase()],
  "on or off",
);
const secret = z.string().refine((text) => Buffer.byteLength(text) >= 32, "must be at least 32 bytes long");

/** Each variable by itself: its form, its default, and what it must be in words. What concerns several is in `config.ts`. */
export const environmentSchema = z.object({
  MAILOO_CHAT_INTEGRATION_API: httpUrl.optional(),
  API_BASE_URL: httpUrl.optional(),
  MAILOO_CHAT_INTEGRATION_API_KEY: required.regex(
    /^[\x21-\x7e]{1,1024}$/,
    "must be printable ASCII without blanks",
  ),
  MAILOO_CHAT_INTEGRATION_PROJECT_UID: identifier,
  MAILOO_CHAT_INTEGRATION_ID: identifier,
  MAILOO_CHAT_WS_ORIGIN: socketUrl.optional(),
  MAILOO_CHAT_ALLOWED_ORIGINS: z
    .string()
    .transform((text, context): OriginPattern[] =>
      toList(text).flatMap((entry) => {
        const pattern = parseOriginPattern(entry);
        if (!("fault" in pattern)) return [pattern];
        context.addIssue({ code: "custom", message: pattern.fault });
        return [];
      }),
    )
    .optional(),
  MAILOO_CHAT_SESSION_SECRET: z
    .string()
    .transform(toList)
    .pipe(z.tuple([secret], secret))
    .optional(),
  MAILOO_CHAT_SESSION_REVOKED_BEFORE: readBy((text) => {
    const moment = z.iso.datetime({ offset: true }).or(z.iso.date()).safeParse(text);
    return moment.success ? Date.parse(moment.data) : undefined;
  }, "an ISO 8601 time such as 2026-01-31T12:00:00Z").optional(),
  MAILOO_CHAT_WELCOME_MESSAGE: z.string().max(4000, "must be at most 4000 characters").optional(),
  MAILOO_CHAT_PRE_CHAT: readBy(
    parsePreChat,
    "a list of name and email, each once, with :required or without",
  ).default([]),
  MAILOO_CHAT_CONSENT_TEXT: z.string().max(2000, "must be at most 2000 characters").optional(),
  MAILOO_CHAT_CONSENT_URL: httpUrl.optional(),
  MAILOO_CHAT_HOURS: z.string().optional(),
  MAILOO_CHAT_TIME_ZONE: z
    .string()
    .refine(isTimeZone, "must be a time zone such as Europe/Berlin")
    .default("UTC"),
  MAILOO_CHAT_IDENTITY_SECRET: secret.optional(),
  MAILOO_CHAT_IDENTITY_JWKS_URL: httpUrl.optional(),
  MAILOO_CHAT_IDENTITY_ISSUER: z.string().optional(),
  MAILOO_CHAT_ALLOW_UNVERIFIED_IDENTITY: onOff.default(false),
  MAILOO_CHAT_UPSTREAM: z.enum(["auto", "ws", "poll"], "must be auto, ws or poll").default("auto"),
  MAILOO_CHAT_CHALLENGE: z.enum(["auto", "off", "always"], "must be auto, off or always").default("auto"),
  MAILOO_CHAT_LIMIT_IP_REQUESTS: rate.default({ count: 600, seconds: 60 }),
  MAILOO_CHAT_LIMIT_IP_NEW_SESSIONS: rate.default({ count: 30, seconds: 600 }),
  MAILOO_CHAT_LIMIT_IP_SOCKETS: cap.default(300),
  MAILOO_CHAT_LIMIT_SESSION_SENDS: rate.default({ count: 30, seconds: 60 }),
  MAILOO_CHAT_LIMIT_SESSION_SOCKETS: cap.default(10),
  MAILOO_CHAT_LIMIT_SOCKET_FRAMES: rate.default({ count: 50, seconds: 10 }),
  MAILOO_CHAT_LIMIT_UPSTREAM_SENDS: rate.default({ count: 50, seconds: 1 }),
  MAILOO_CHAT_LIMIT_UPSTREAM_READS: rate.default({ count: 200, seconds: 1 }),
  REDIS_URL: readBy(
    (text) => (/^rediss?:\/\//.test(text) && URL.canParse(text) ? text : undefined),
    "a redis:// or rediss:// URL",
  ).optional(),
  HOST: z.string().default("0.0.0.0"),
  PORT: port.default(8787),
  TRUST_PROXY: readBy(parseTrustProxy, "a number of hops or a list of addresses and networks").default(0),
  LOG_LEVEL: z
    .enum(
      ["fatal", "error", "warn", "info", "debug", "trace", "silent"],
      "must be fatal, error, warn, info, debug, trace or silent",
    )
    .default("info"),
  METRICS: onOff.default(false),
  METRICS_PORT: port.optional(),
});

/** Every variable that is read, besides `NODE_ENV` and the `_FILE` forms. */
export const VARIABLES: readonly string[] = Object.keys(environmentSchema.shape);

export type EnvironmentValues = z.output<typeof environmentSchema>;

function parsePreChat(text: string): PreChatField[] | undefined {
  const fields: PreChatField[] = [];
  for (const entry of toList(text)) {
    const [, name, flag] = /^(name|email)(:required)?$/.exec(entry) ?? [];
    if (name !== "name" && name !== "email") return undefined;
    if (fields.some((field) => field.name === name)) return undefined;
    fields.push({ name, required: flag !== undefined });
  }
  return fields;
}

/** By comma; blanks and empty entries do not count. */
export function toList(text: string): string[] {
  return text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

function toBaseUrl(text: string, protocols: readonly string[]): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (!protocols.includes(url.protocol) || url.username !== "" || url.password !== "" || url.hash !== "")
    return undefined;
  return url.href.replace(/\/+$/, "");
}
