import { createChatBff } from "@mailoo-chat/bff";
import { SESSION_SECRET } from "@mailoo-chat/e2e/servers/start-bff";
import { SEED } from "@mailoo-chat/sandbox";
import { ORIGIN } from "./bench-target.ts";

/** A session of the constant platform, which accepts any id, and its token for a BFF of the benchmark. */
export interface BenchSession {
  readonly sessionPublicId: string;
  readonly token: string;
}

/** Issues tokens without submits, which would fill the server's memory before the measurement. */
export async function issueSessions(count: number, name: string): Promise<readonly BenchSession[]> {
  const bff = createChatBff({
    env: {
      NODE_ENV: "production",
      LOG_LEVEL: "silent",
      MAILOO_CHAT_INTEGRATION_API: "http://127.0.0.1:9",
      MAILOO_CHAT_INTEGRATION_API_KEY: SEED.apiKey,
      MAILOO_CHAT_INTEGRATION_PROJECT_UID: SEED.projectUid,
      MAILOO_CHAT_INTEGRATION_ID: SEED.integrationId,
      MAILOO_CHAT_ALLOWED_ORIGINS: ORIGIN,
      MAILOO_CHAT_SESSION_SECRET: SESSION_SECRET,
    },
  });
  try {
    return await Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const sessionPublicId = `${name}-${index}`;
        return { sessionPublicId, token: await bff.issueSessionToken(sessionPublicId) };
      }),
    );
  } finally {
    await bff.close();
  }
}
