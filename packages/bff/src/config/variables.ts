import type { PreChatField } from "@mailoo-chat/protocol";
import { closestMatch } from "leven";
import { z } from "zod";
import { parseTrustProxy } from "../lib/client-address.ts";
import { isTimeZone } from "../lib/office-hours.ts";
import { type OriginPattern, parseOriginPattern } from "../lib/origins.ts";
import { parseCap, parseRateLimit } from "../lib/rate-limit.ts";
import { WEBHOOK_EVENTS, type WebhookEventType } from "../lib/webhook-event.ts";
import { awayUrl, chatsValue, pageValue, textsValue, webUrl } from "./json-values.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Documentation of a variable, besides its schema. */
export interface VariableDoc {
  /** A sentence in Markdown, without the default, which is in the schema. */
  readonly description: string;
  /** The value in `.env.example`. @default the default */
  readonly example?: string;
  /** Can also be given as `NAME_FILE`, and is never printed. @default false */
  readonly secret?: true;
  /** Can also be given as `NAME_FILE`, because it may be long. @default false */
  readonly file?: true;
  /** Required unless `NODE_ENV` is `development` or `test`. @default false */
  readonly requiredInProduction?: true;
}

export const variableDocs = z.registry<VariableDoc>();

const required = z.string({ error: "is required" });
// A new schema for each variable, because descriptions are registered by schema.
const identifier = () =>
  required.regex(
    /^(?!\.+$)[\w.~:@-]{1,200}$/,
    "must be 1 to 200 of letters, digits and ._~:@-, not only dots",
  );
const apiKey = required.regex(/^[\x21-\x7e]{1,1024}$/, "must be printable ASCII without spaces");
const apiUrl = parsedBy(
  (text) => toBaseUrl(text, ["http:", "https:"]),
  "an http or https URL, without user name or query",
);
const socketUrl = parsedBy(
  (text) => toBaseUrl(text, ["http:", "https:", "ws:", "wss:"]),
  "an http, https, ws or wss URL, without user name or query",
);
const port = parsedBy(
  (text) => (/^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined),
  "a port, 0 to 65535",
);
const rate = parsedBy(parseRateLimit, "count/seconds such as 600/60, or 0 for off");
const cap = parsedBy(parseCap, "a whole number, or 0 for off");
const onOff = parsedBy(
  (text) => ({ on: true, true: true, "1": true, off: false, false: false, "0": false })[text.toLowerCase()],
  "on or off",
);
const secret = z.string().refine((text) => Buffer.byteLength(text) >= 32, "must be at least 32 bytes long");
const origins = z.string().transform((text, context): OriginPattern[] => {
  const entries = toList(text);
  if (entries.length === 0) context.addIssue({ code: "custom", message: "must list at least one origin" });
  return entries.flatMap((entry) => {
    const pattern = parseOriginPattern(entry);
    if (!("fault" in pattern)) return [pattern];
    context.addIssue({ code: "custom", message: pattern.fault });
    return [];
  });
});
const time = parsedBy((text) => {
  const moment = z.iso.datetime({ offset: true }).or(z.iso.date()).safeParse(text);
  return moment.success ? Date.parse(moment.data) : undefined;
}, "an ISO 8601 time such as 2026-01-31T12:00:00Z");
const webhookSecret = parsedBy(parseWebhookSecret, "whsec_ and 24 to 64 bytes in base64, for each secret");
const redisUrl = parsedBy(
  (text) => (/^rediss?:\/\//.test(text) && URL.canParse(text) ? text : undefined),
  "a redis:// or rediss:// URL",
);

/**
 * Every variable, in the groups and the order of the docs: its format, its default and its description. The types, the
 * tables of the docs, `.env.example` and the findings of `check` are generated from this. Rules that concern several
 * variables are in `rules.ts`.
 */
export const VARIABLE_GROUPS = {
  Required: {
    MAILOO_CHAT_INTEGRATION_API: apiUrl.optional().register(variableDocs, {
      description: "URL of the platform's API; `API_BASE_URL` is an alias",
      example: "https://api.mailoo.example",
    }),
    MAILOO_CHAT_INTEGRATION_API_KEY: apiKey.register(variableDocs, {
      description: "API key with the scope `chat.send-message`",
      secret: true,
    }),
    MAILOO_CHAT_INTEGRATION_PROJECT_UID: identifier().register(variableDocs, {
      description: "id of the project",
    }),
    MAILOO_CHAT_INTEGRATION_ID: identifier().register(variableDocs, {
      description: "id of the integration, which must be of type `JSBOX`",
    }),
    MAILOO_CHAT_ALLOWED_ORIGINS: origins.optional().register(variableDocs, {
      description:
        "origins of the pages that may use the chat, separated by commas: `https://www.example.com`, or `https://*.example.com` for any one label",
      example: "https://www.example.com",
      requiredInProduction: true,
    }),
    MAILOO_CHAT_SESSION_SECRET: z
      .string()
      .transform(toList)
      .pipe(z.tuple([secret], secret))
      .optional()
      .register(variableDocs, {
        description:
          "signs session tokens; at least 32 bytes. To rotate, list several separated by commas: the first signs, all verify",
        secret: true,
        requiredInProduction: true,
      }),
  },
  "What visitors see": {
    MAILOO_CHAT_WELCOME_MESSAGE: z
      .string()
      .max(4000, "must be at most 4000 characters")
      .optional()
      .register(variableDocs, { description: "shown before the first message" }),
    MAILOO_CHAT_TEXTS: textsValue.default({}).register(variableDocs, {
      description:
        "texts by language, as JSON: `welcomeMessage`, `consent`, up to five `suggestions`, `awayText`, `awayLink`. `*` is for all other languages",
      example: '{"*": {"suggestions": ["Where is my parcel?"]}, "de": {"welcomeMessage": "Hallo!"}}',
      file: true,
    }),
    MAILOO_CHAT_PRE_CHAT: parsedBy(
      parsePreChat,
      "a list of name and email, each once, with :required or without",
    )
      .default([])
      .register(variableDocs, {
        description:
          "fields to request before the first message: `name`, `email` or both, such as `name,email:required`",
      }),
    MAILOO_CHAT_CONSENT_TEXT: z
      .string()
      .max(2000, "must be at most 2000 characters")
      .optional()
      .register(variableDocs, {
        description:
          "what visitors agree to with their first message. Words in `[square brackets]` become the link; without any, the whole text does",
      }),
    MAILOO_CHAT_CONSENT_URL: webUrl.optional().register(variableDocs, {
      description: "page that explains the consent, such as your privacy policy",
    }),
    MAILOO_CHAT_HOURS: z.string().optional().register(variableDocs, {
      description:
        "office hours, such as `Mon-Fri 09:00-17:00, Sat 10:00-12:00`: outside them, the chat shows `away`, unless the platform reports its own status",
    }),
    MAILOO_CHAT_TIME_ZONE: z
      .string()
      .refine(isTimeZone, "must be a time zone such as Europe/Berlin")
      .default("UTC")
      .register(variableDocs, { description: "time zone of the hours, such as `Europe/Berlin`" }),
    MAILOO_CHAT_AWAY_TEXT: z
      .string()
      .max(2000, "must be at most 2000 characters")
      .optional()
      .register(variableDocs, {
        description: "shown while nobody is there, instead of the widget's own text",
      }),
    MAILOO_CHAT_AWAY_LINK: awayUrl.optional().register(variableDocs, {
      description:
        "another way to reach you, shown while nobody is there: a `mailto:`, `tel:` or `https:` URL",
    }),
    MAILOO_CHAT_AWAY_EMAIL: z
      .enum(["off", "optional", "required"], "must be off, optional or required")
      .default("off")
      .register(variableDocs, {
        description:
          "`optional` or `required` asks for an email address while nobody is there, once the visitor has written. Has no effect if `MAILOO_CHAT_PRE_CHAT` already asks for it",
      }),
    MAILOO_CHAT_PAGE: pageValue.default({}).register(variableDocs, {
      description:
        "the look of the page at `/chat`, as JSON: `title`, `subtitle`, `avatar`, `accent`, `theme`, `locale`. The page is served if its own origin is among `MAILOO_CHAT_ALLOWED_ORIGINS`",
      example: '{"title": "Acme support", "accent": "#0b5fff"}',
    }),
  },
  "Who the visitor is": {
    MAILOO_CHAT_IDENTITY_SECRET: secret.optional().register(variableDocs, {
      description: "verifies `visitor.token` with HS256; at least 32 bytes",
      secret: true,
    }),
    MAILOO_CHAT_IDENTITY_JWKS_URL: webUrl.optional().register(variableDocs, {
      description: "verifies `visitor.token` with RS256 or ES256, by the keys at this URL",
    }),
    MAILOO_CHAT_IDENTITY_ISSUER: z.string().optional().register(variableDocs, {
      description: "the `iss` that `visitor.token` must have",
    }),
    MAILOO_CHAT_VISITOR_SESSIONS: onOff.default(false).register(variableDocs, {
      description:
        "`on` gives a visitor whose identity is verified one conversation in every browser; needs `MAILOO_CHAT_IDENTITY_SECRET`, `MAILOO_CHAT_IDENTITY_JWKS_URL` or `resolveVisitor`",
    }),
    MAILOO_CHAT_ALLOW_UNVERIFIED_IDENTITY: onOff.default(false).register(variableDocs, {
      description:
        "`on` passes on the name and address that a visitor merely claims, marked as unverified if others are verified",
    }),
    MAILOO_CHAT_CONTEXT: parsedBy(
      parseContextNames,
      "a list of at most 20 names, such as page,?ref,plan; page, referrer, utm and locale in lower case",
    )
      .default([])
      .register(variableDocs, {
        description:
          "what a page may report about the visitor with a message: `page`, `referrer`, `utm`, `locale`, names of your own such as `plan`, and keys of the page's query string such as `?ref`. Everything else is dropped",
        example: "page,referrer,utm,locale,plan",
      }),
    MAILOO_CHAT_SESSION_REVOKED_BEFORE: time.optional().register(variableDocs, {
      description: "an ISO 8601 time; session tokens issued earlier are invalid",
    }),
  },
  "Your own systems": {
    MAILOO_CHAT_WEBHOOK_URL: webUrl.optional().register(variableDocs, {
      description: "your receiver of signed webhooks, with https unless it is on the same machine",
      secret: true,
    }),
    MAILOO_CHAT_WEBHOOK_SECRET: z
      .string()
      .transform(toList)
      .pipe(z.array(webhookSecret).min(1, "must list at least one secret"))
      .optional()
      .register(variableDocs, {
        description:
          "signs webhooks: `whsec_` and 24 to 64 bytes in base64. With several, separated by commas, each adds a signature",
        secret: true,
      }),
    MAILOO_CHAT_WEBHOOK_EVENTS: parsedBy(parseWebhookEvents, `a list of ${WEBHOOK_EVENTS.join(", ")}`)
      .default([...WEBHOOK_EVENTS])
      .register(variableDocs, {
        description: `which events are sent, separated by commas: ${WEBHOOK_EVENTS.map((name) => `\`${name}\``).join(", ")}. Default: all`,
      }),
  },
  "The server": {
    HOST: z.string().default("0.0.0.0").register(variableDocs, { description: "address to listen on" }),
    PORT: port.default(8787).register(variableDocs, { description: "port to listen on" }),
    TRUST_PROXY: parsedBy(parseTrustProxy, "a number of hops or a list of addresses and networks")
      .default(0)
      .register(variableDocs, {
        description:
          "number of reverse proxies in front, or their addresses and networks separated by commas: their `X-Forwarded-For` is trusted",
      }),
    REDIS_URL: redisUrl.optional().register(variableDocs, {
      description: "Redis or Valkey, if there is more than one replica: `redis://` or `rediss://`",
      secret: true,
    }),
    REDIS_PREFIX: z
      .string()
      .regex(/^[\w.:-]{0,100}$/, "must be at most 100 of letters, digits and ._:-")
      .default("")
      .register(variableDocs, {
        description:
          "prefix of all keys in Redis. Servers of different integrations that share one Redis need different prefixes",
      }),
    LOG_LEVEL: z
      .enum(
        ["fatal", "error", "warn", "info", "debug", "trace", "silent"],
        "must be fatal, error, warn, info, debug, trace or silent",
      )
      .default("info")
      .register(variableDocs, {
        description: "`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`",
      }),
    METRICS: onOff.default(false).register(variableDocs, {
      description: "`on` serves Prometheus metrics at `/metrics`",
    }),
    METRICS_PORT: port.optional().register(variableDocs, {
      description: "serves the metrics on a separate port instead, which need not be public",
    }),
    MAILOO_CHAT_CHATS: chatsValue.optional().register(variableDocs, {
      description:
        'several chats in one server, as JSON: `{"defaults": {…}, "chats": {"/support": {…}, "/sales": {…}}}`, each with its own variables',
      file: true,
    }),
  },
  Limits: {
    MAILOO_CHAT_LIMIT_IP_REQUESTS: rate.default({ count: 600, seconds: 60 }).register(variableDocs, {
      description:
        "requests per address, as `count/seconds`; `0` is off, here and below. Preflights, files and health checks do not count",
    }),
    MAILOO_CHAT_LIMIT_IP_NEW_SESSIONS: rate.default({ count: 30, seconds: 600 }).register(variableDocs, {
      description: "first messages per address, as `count/seconds`",
    }),
    MAILOO_CHAT_LIMIT_IP_SOCKETS: cap.default(300).register(variableDocs, {
      description: "open sockets per address, on each replica",
    }),
    MAILOO_CHAT_LIMIT_SESSION_SENDS: rate.default({ count: 30, seconds: 60 }).register(variableDocs, {
      description: "messages per session, as `count/seconds`",
    }),
    MAILOO_CHAT_LIMIT_SESSION_SOCKETS: cap.default(10).register(variableDocs, {
      description: "open sockets per session, on each replica",
    }),
    MAILOO_CHAT_LIMIT_SOCKET_FRAMES: rate.default({ count: 50, seconds: 10 }).register(variableDocs, {
      description: "frames per socket, control frames included, as `count/seconds`",
    }),
    MAILOO_CHAT_LIMIT_UPSTREAM_SENDS: rate.default({ count: 50, seconds: 1 }).register(variableDocs, {
      description:
        "messages that one replica sends to the platform for all visitors together, as `count/seconds`; first messages take turns with open sessions",
    }),
    MAILOO_CHAT_LIMIT_UPSTREAM_READS: rate.default({ count: 200, seconds: 1 }).register(variableDocs, {
      description:
        "listings, status requests and new sockets of one replica to the platform, as `count/seconds`",
    }),
    MAILOO_CHAT_CHALLENGE: z
      .enum(["auto", "off", "always"], "must be auto, off or always")
      .default("auto")
      .register(variableDocs, {
        description:
          "proof of work before a first message: `always`, `off`, or `auto` while several addresses exceed the limit on new sessions",
      }),
  },
  "The platform": {
    API_BASE_URL: apiUrl.optional().register(variableDocs, {
      description: "the same as `MAILOO_CHAT_INTEGRATION_API`, under the name in the platform's own example",
    }),
    MAILOO_CHAT_WS_ORIGIN: socketUrl.optional().register(variableDocs, {
      description: "URL of the platform's sockets, http(s) or ws(s), if it differs from the API's",
    }),
    MAILOO_CHAT_UPSTREAM: z
      .enum(["auto", "ws", "poll"], "must be auto, ws or poll")
      .default("auto")
      .register(variableDocs, {
        description:
          "how to receive answers: `ws` by the platform's socket only, `poll` by polling only, `auto` by both",
      }),
  },
} as const;

export const environmentSchema = z.object({
  ...VARIABLE_GROUPS.Required,
  ...VARIABLE_GROUPS["What visitors see"],
  ...VARIABLE_GROUPS["Who the visitor is"],
  ...VARIABLE_GROUPS["Your own systems"],
  ...VARIABLE_GROUPS["The server"],
  ...VARIABLE_GROUPS.Limits,
  ...VARIABLE_GROUPS["The platform"],
});

export type EnvironmentValues = z.output<typeof environmentSchema>;
export type VariableName = keyof EnvironmentValues;

// Object.keys of a literal whose keys are the type's.
export const VARIABLES = Object.keys(environmentSchema.shape) as readonly VariableName[];

export function docOf(name: VariableName): VariableDoc {
  const doc = variableDocs.get(environmentSchema.shape[name]);
  if (!doc) throw new TypeError(`${name} has no description`);
  return doc;
}

/** The default as written in `.env`; empty: none; null: the variable is required. */
export function defaultText(name: VariableName): string | null {
  const absent = environmentSchema.shape[name].safeParse(undefined);
  return absent.success ? toText(absent.data) : null;
}

function toText(value: unknown): string {
  if (value === undefined || value === null || Array.isArray(value)) return "";
  if (typeof value === "boolean") return value ? "on" : "off";
  return typeof value === "object" ? Object.values(value).join("/") : String(value);
}

/** Variables that can also be given as `NAME_FILE`. */
export const FILE_VARIABLES = VARIABLES.filter((name) => docOf(name).secret || docOf(name).file);

/** Everything that can be set. */
export const VARIABLE_NAMES: readonly string[] = [
  ...VARIABLES,
  ...FILE_VARIABLES.map((name) => `${name}_FILE`),
];

/** Variables that concern all chats of a server. */
export const VARIABLES_OF_SERVER: readonly string[] = Object.keys(VARIABLE_GROUPS["The server"]);

/** The variable that was probably meant by a misspelt name. */
export function findSimilarName(name: string): string | undefined {
  return closestMatch(name, [...VARIABLE_NAMES], { maxDistance: 4 });
}

/** @param parse returns undefined if the value is not valid */
function parsedBy<T>(parse: (text: string) => T | undefined, expected: string) {
  return z.string().transform((text, context): T => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: "custom", message: `must be ${expected}` });
    return z.NEVER;
  });
}

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

function parseContextNames(text: string): string[] | undefined {
  const names = [...new Set(toList(text))];
  const isName = (name: string) =>
    CONTEXT_NAME.test(name) && (FACTS.includes(name) || !NO_CONTEXT_NAME.test(name));
  return names.length <= 20 && names.every(isName) ? names : undefined;
}

/** Facts that the widget itself reads. */
const FACTS = ["page", "referrer", "utm", "locale"];

const CONTEXT_NAME = /^(?:[A-Za-z]|\?[\w.~-])[\w.~-]{0,39}$/;
/** In another case, the name of a fact would count as the page's own name. A switch is not a list. */
const NO_CONTEXT_NAME = /^(?:page|referrer|utm|locale|on|off|true|false)$/i;

function parseWebhookEvents(text: string): WebhookEventType[] | undefined {
  const names = toList(text);
  const events = WEBHOOK_EVENTS.filter((name) => names.includes(name));
  return events.length > 0 && events.length === names.length ? events : undefined;
}

/** The format of secrets in Standard Webhooks. */
function parseWebhookSecret(text: string): Buffer | undefined {
  const [, base64] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  if (base64 === undefined) return undefined;
  const bytes = Buffer.from(base64, "base64");
  return bytes.length >= 24 && bytes.length <= 64 ? bytes : undefined;
}

/** The entries of a comma-separated list, trimmed and without empty ones. */
export function toList(text: string): string[] {
  return text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

/** Paths are added to it. */
function toBaseUrl(text: string, protocols: readonly string[]): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, username, password, search, hash, href } = new URL(text);
  const isBase = protocols.includes(protocol) && username + password + search + hash === "";
  return isBase ? href.replace(/\/+$/, "") : undefined;
}
