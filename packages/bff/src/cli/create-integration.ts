import { parsePlatformAccess } from "../config/parse-config.ts";
import { parseOriginPattern } from "../lib/origins.ts";
import { createLog } from "../observability/log.ts";
import type { NewIntegration } from "../platform/client.ts";
import { createMailooClient } from "../platform/create-client.ts";
import { MailooError } from "../platform/errors.ts";
import { EXIT } from "./exit-codes.ts";
import { explainFailure } from "./explain-failure.ts";
import type { Terminal } from "./terminal.ts";
import { toDotenvValue } from "./to-dotenv-value.ts";

/** `create-integration`: makes a JSBOX integration and says what to put into the environment. */
export async function runCreateIntegration(
  integration: NewIntegration,
  { json }: { readonly json: boolean },
  terminal: Terminal,
): Promise<number> {
  for (const origin of integration.allowedOrigins) {
    const pattern = parseOriginPattern(origin);
    if ("fault" in pattern) {
      terminal.stderr(`--allowed-origin: ${pattern.fault}\n`);
      return EXIT.usage;
    }
  }
  const access = parsePlatformAccess(terminal.env);
  const mailoo = createMailooClient({
    apiUrl: access.apiBaseUrl,
    apiProxy: access.apiProxy,
    apiKey: access.apiKey,
    projectUid: access.projectUid,
    // Made by this very call; nothing else is asked of the client.
    integrationId: "none-yet",
    logger: createLog("silent"),
  });
  try {
    const { integrationId } = await mailoo.createIntegration(integration);
    terminal.stdout(json ? toJson(integrationId, integration) : toLetter(integrationId, integration));
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof MailooError)) throw error;
    const { message, fix } = explainFailure(error.failure, error.cause);
    terminal.stderr(`The integration was not created. ${message}\n${fix}\n`);
    return EXIT.findings;
  } finally {
    await mailoo.close();
  }
}

function toEnvironment(
  integrationId: string,
  { allowedOrigins, welcomeMessage }: NewIntegration,
): Record<string, string> {
  return {
    MAILOO_CHAT_INTEGRATION_ID: integrationId,
    MAILOO_CHAT_ALLOWED_ORIGINS: allowedOrigins.join(","),
    ...(welcomeMessage !== null && { MAILOO_CHAT_WELCOME_MESSAGE: welcomeMessage }),
  };
}

function toJson(integrationId: string, integration: NewIntegration): string {
  return `${JSON.stringify({ integrationId, env: toEnvironment(integrationId, integration) })}\n`;
}

function toLetter(integrationId: string, integration: NewIntegration): string {
  const lines = Object.entries(toEnvironment(integrationId, integration)).map(
    ([name, value]) => `${name}=${toDotenvValue(value)}\n`,
  );
  return `# Created. Put these lines into the environment of mailoo-chat-bff, then run: mailoo-chat-bff check\n${lines.join("")}`;
}
