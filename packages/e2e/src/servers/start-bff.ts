import { join } from "node:path";
import { DEFAULT_BASE_PATH } from "@mailoo-chat/protocol";
import { SEED } from "@mailoo-chat/sandbox";
import { REPOSITORY } from "@mailoo-chat/workspace/repository";
import getPort from "get-port";
import { type ChildServer, startChildServer } from "./child-server.ts";

export interface BffOptions {
  /** Where the platform is, as the BFF sees it. */
  readonly platformUrl: string;
  /** Sites that may talk to it. */
  readonly allowedOrigins: readonly string[];
  /** @default a free one */
  readonly port?: number;
  /** Further environment variables, as documented. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Bff extends ChildServer {
  readonly port: number;
  /** `http://127.0.0.1:port` */
  readonly url: string;
  /** The base URL of its routes. */
  readonly baseUrl: string;
}

/** All BFFs of the tests share this secret, so that they accept each other's tokens. */
export const SESSION_SECRET = "a-secret-for-tests-only-0123456789abcdef";

/** The BFF as a site owner runs it: the built command, configured by environment variables alone. */
export async function startBff(options: BffOptions): Promise<Bff> {
  const { platformUrl, allowedOrigins, port = await getPort(), env = {} } = options;
  const url = `http://127.0.0.1:${port}`;
  const server = await startChildServer({
    command: process.execPath,
    args: [join(REPOSITORY, "packages/bff/bin/mailoo-chat-bff.js")],
    env: {
      NODE_ENV: "production",
      MAILOO_CHAT_INTEGRATION_API: platformUrl,
      MAILOO_CHAT_INTEGRATION_API_KEY: SEED.apiKey,
      MAILOO_CHAT_INTEGRATION_PROJECT_UID: SEED.projectUid,
      MAILOO_CHAT_INTEGRATION_ID: SEED.integrationId,
      MAILOO_CHAT_WELCOME_MESSAGE: SEED.welcomeMessage,
      MAILOO_CHAT_ALLOWED_ORIGINS: allowedOrigins.join(","),
      MAILOO_CHAT_SESSION_SECRET: SESSION_SECRET,
      ...UNLIMITED,
      HOST: "127.0.0.1",
      PORT: String(port),
      ...env,
    },
    isUp: () => isOk(`${url}/healthz`),
  });
  return { ...server, port, url, baseUrl: `${url}${DEFAULT_BASE_PATH}` };
}

/** All tests use one address, so the limits of a public server would slow them down. */
const UNLIMITED = {
  MAILOO_CHAT_LIMIT_IP_REQUESTS: "0",
  MAILOO_CHAT_LIMIT_IP_NEW_SESSIONS: "0",
  MAILOO_CHAT_LIMIT_IP_SOCKETS: "0",
  MAILOO_CHAT_LIMIT_SESSION_SENDS: "0",
};

function isOk(url: string): Promise<boolean> {
  return fetch(url).then(
    async (response) => {
      await response.body?.cancel();
      return response.ok;
    },
    () => false,
  );
}
