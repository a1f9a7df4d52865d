import { SEED } from "@mailoo-chat/sandbox";
import { createSessionTokens } from "../../src/auth/session-tokens.ts";
import { parseChats } from "../../src/config/parse-chats.ts";
import type { BffConfig } from "../../src/config/to-config.ts";
import type { Environment } from "../../src/config/variables.ts";
import { createLog } from "../../src/observability/log.ts";
import { startServer } from "../../src/server.ts";
import { type BffCalls, createBffCalls } from "./bff-calls.ts";

/** The page that tests speak for. */
export const SITE = "http://localhost:5173";

export const TEST_SECRET = "a session secret for tests that is long enough";

export interface StartBffOptions {
  /** The platform: a sandbox, a fake, anything with a URL. */
  readonly platform: { readonly url: string };
  /** Besides, and instead of, those that a platform with the development seed needs. */
  readonly env?: Environment;
}

/** A BFF in this process, on a free port, with everything that it logs. */
export interface TestBff extends BffCalls, AsyncDisposable {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  /** The URL of the base path, of the first chat if there are several. */
  readonly base: string;
  readonly metricsUrl: string | null;
  readonly config: BffConfig;
  readonly log: { readonly text: string; readonly lines: readonly Record<string, unknown>[] };
  drain(): Promise<void>;
  close(): Promise<void>;
}

export async function startBff({ platform, env = {} }: StartBffOptions): Promise<TestBff> {
  const { chats } = parseChats(bffEnvironment(platform.url, env));
  const [{ path, config }] = chats;
  const written: string[] = [];
  const log = createLog(config.logLevel, { write: (line) => void written.push(line) });
  const server = await startServer(chats, log);
  const base = `${server.url}${path}`;
  return {
    url: server.url,
    base,
    metricsUrl: server.metricsUrl,
    config,
    ...createBffCalls(base, SITE),
    log: {
      get text() {
        return written.join("");
      },
      get lines() {
        return written.map((line) => JSON.parse(line) as Record<string, unknown>);
      },
    },
    drain: () => server.drain(),
    close: () => server.close(),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** What a BFF needs to serve `SITE` from a platform with the development seed, on a free port. */
export function bffEnvironment(platformUrl: string, env: Environment = {}): Environment {
  return {
    NODE_ENV: "production",
    MAILOO_CHAT_INTEGRATION_API: platformUrl,
    MAILOO_CHAT_INTEGRATION_API_KEY: SEED.apiKey,
    MAILOO_CHAT_INTEGRATION_PROJECT_UID: SEED.projectUid,
    MAILOO_CHAT_INTEGRATION_ID: SEED.integrationId,
    MAILOO_CHAT_ALLOWED_ORIGINS: SITE,
    MAILOO_CHAT_SESSION_SECRET: TEST_SECRET,
    MAILOO_CHAT_CHALLENGE: "off",
    HOST: "127.0.0.1",
    PORT: "0",
    ...env,
  };
}

/** A token that the BFF takes for one of its own, issued whenever. */
export async function tokenOf(bff: TestBff, sessionPublicId: string, issuedAtMs: number): Promise<string> {
  const tokens = createSessionTokens({
    secrets: [TEST_SECRET],
    projectUid: bff.config.platform.projectUid,
    integrationId: bff.config.platform.integrationId,
    now: () => issuedAtMs,
  });
  return (await tokens.issue(sessionPublicId)).token;
}
