import { toDotenvLines } from "../config/dotenv.ts";
import { parsePlatformAccess } from "../config/parse-config.ts";
import { parseOriginPattern, toOriginText } from "../lib/origins.ts";
import { createLog } from "../observability/log.ts";
import type { NewIntegration } from "../platform/client.ts";
import { createMailooClient } from "../platform/create-client.ts";
import { MailooError } from "../platform/errors.ts";
import { explainFailure } from "./explain-failure.ts";
import { EXIT, type Terminal } from "./terminal.ts";

/** `create-integration`: creates a JSBOX integration and prints the variables for the environment. */
export async function runCreateIntegration(
  requested: NewIntegration,
  { json }: { readonly json: boolean },
  terminal: Terminal,
): Promise<number> {
  terminal.loadDotenv?.();
  const allowedOrigins: string[] = [];
  for (const origin of requested.allowedOrigins) {
    const pattern = parseOriginPattern(origin);
    if ("fault" in pattern) {
      terminal.stderr(`--allowed-origin: ${pattern.fault}\n`);
      return EXIT.usage;
    }
    allowedOrigins.push(toOriginText(pattern));
  }
  const integration = { ...requested, allowedOrigins };
  const integrationId = await createIntegration(integration, parsePlatformAccess(terminal.env), terminal);
  if (integrationId === null) return EXIT.findings;
  const env = {
    MAILOO_CHAT_INTEGRATION_ID: integrationId,
    MAILOO_CHAT_ALLOWED_ORIGINS: allowedOrigins.join(","),
    ...(integration.welcomeMessage !== null && { MAILOO_CHAT_WELCOME_MESSAGE: integration.welcomeMessage }),
  };
  terminal.stdout(
    json
      ? `${JSON.stringify({ integrationId, env })}\n`
      : `# Created. Add these lines to the environment of mailoo-chat-bff, then run: mailoo-chat-bff check\n${toDotenvLines(env)}`,
  );
  return EXIT.ok;
}

/** @returns the id; null: it failed, and the reason is on `stderr` */
export async function createIntegration(
  integration: NewIntegration,
  access: ReturnType<typeof parsePlatformAccess>,
  terminal: Terminal,
): Promise<string | null> {
  const mailoo = createMailooClient({
    apiUrl: access.apiBaseUrl,
    apiProxy: access.apiProxy,
    apiKey: access.apiKey,
    projectUid: access.projectUid,
    // Not needed to create an integration.
    integrationId: "none-yet",
    logger: createLog("silent"),
  });
  try {
    return (await mailoo.createIntegration(integration)).integrationId;
  } catch (error) {
    if (!(error instanceof MailooError)) throw error;
    const { message, fix } = explainFailure(error);
    terminal.stderr(`The integration was not created. ${message}\n${fix}\n`);
    return null;
  } finally {
    await mailoo.close();
  }
}
