import type { FaultPatch, FaultSettings } from "./faults/fault-settings.ts";
import type { RouteStats } from "./http/request-stats.ts";
import type { Route } from "./http/routes.ts";
import type { MessageBatch } from "./platform/message-batch.ts";
import type { Integration, Presence, SessionSummary, StoredMessage } from "./platform/models.ts";
import type { ExtraKey } from "./platform/plant-seed.ts";

export interface SandboxOptions {
  /** 0 takes a free one. @default 0 */
  readonly port?: number;
  /** @default "127.0.0.1" */
  readonly host?: string;
  /** Path of the SQLite file; null keeps the state in memory. @default null */
  readonly data?: string | null;
  /** Opens `/__sandbox`. The switches of the returned handle work either way. @default false */
  readonly faults?: boolean;
  /** Of the seeded integration; `[]` with no `domain` allows every origin. @default SEED_ALLOWED_ORIGINS */
  readonly allowedOrigins?: readonly string[];
  /** Of the seeded integration. @default null */
  readonly domain?: string | null;
  /** API keys besides the seed's own. @default [] */
  readonly keys?: readonly ExtraKey[];
  readonly owner?: SandboxOwnerOptions;
  /** The chat server whose widget the configurator previews. @default asked for by the page */
  readonly bffUrl?: string;
  /** Where the built pages are. @default the package's own */
  readonly consoleDirectory?: string;
  /** Between pings on a socket. @default 30000 */
  readonly heartbeatMs?: number;
  /** The true time, epoch milliseconds. @default Date.now */
  readonly nowMs?: () => number;
  /** A random number in [0, 1), for random faults. @default Math.random */
  readonly random?: () => number;
}

/** How owner JWTs are checked, besides the development token. */
export interface SandboxOwnerOptions {
  /** HS256, at least 32 bytes. */
  readonly secret?: string;
  /** RS256 by the keys found here. */
  readonly jwksUrl?: string;
  readonly audience?: string;
  readonly issuer?: string;
}

/** A running sandbox. Disposing of it closes it. */
export interface Sandbox extends AsyncDisposable {
  /** `http://host:port` */
  readonly url: string;
  /** `ws://host:port` */
  readonly wsUrl: string;
  readonly port: number;
  /** The fault switches, as `PUT /__sandbox/faults` sets them. */
  readonly faults: {
    readonly settings: FaultSettings;
    /** Merges some switches. @throws on unknown ones */
    set(patch: FaultPatch): FaultSettings;
    reset(): FaultSettings;
  };
  /** The owner writes. @throws if there is no such session */
  reply(sessionPublicId: string, content: string): StoredMessage;
  /** A visitor writes, into a new session if none is given. */
  send(content: string, sessionPublicId?: string): StoredMessage;
  /** Adds many messages at once, after those that are there, 1 ms apart unless told otherwise. @throws if there is no such session */
  addMessages(sessionPublicId: string, count: number, options?: AddMessagesOptions): readonly StoredMessage[];
  /** All stored messages of a session, in order, whatever the faults. */
  messages(sessionPublicId: string): readonly StoredMessage[];
  /** The sessions of an integration, newest activity first. @param integrationId @default the seed's */
  sessions(integrationId?: string): readonly SessionSummary[];
  integrations(): readonly Integration[];
  setPresence(presence: Presence, integrationId?: string): void;
  /** Ends sockets as a failing network would. @default "visitor" */
  dropSockets(which?: "visitor" | "owner" | "all"): void;
  stats(): SandboxStats;
  /** Closes everything at once, including open sockets and hanging requests. Idempotent. */
  close(): Promise<void>;
}

export interface AddMessagesOptions extends Partial<Omit<MessageBatch, "sessionPublicId" | "count">> {
  /** Whether they are pushed to sockets. @default true */
  readonly announce?: boolean;
}

export interface SandboxStats {
  readonly requests: Readonly<Record<Route, RouteStats>>;
  readonly sockets: { readonly visitor: number; readonly owner: number };
  /** By `sessionPublicId`. */
  readonly messages: Readonly<Record<string, number>>;
}
