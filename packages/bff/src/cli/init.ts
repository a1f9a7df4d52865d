import { randomBytes } from "node:crypto";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readDotenv, toDotenvLines } from "../config/dotenv.ts";
import { ConfigError, faultOf, parsePlatformAccess, readFiles } from "../config/parse-config.ts";
import { type Environment, environmentSchema, type VariableName } from "../config/variables.ts";
import { toOriginText } from "../lib/origins.ts";
import { runCheck } from "./check.ts";
import { createIntegration } from "./create-integration.ts";
import { EXIT, type Prompt, PromptClosed, type Terminal } from "./terminal.ts";

export interface InitOptions {
  /** Null, here and below: taken from the environment, or prompted for. */
  readonly api: string | null;
  readonly project: string | null;
  /** Empty: prompted for. */
  readonly allowedOrigins: readonly string[];
  /** An existing integration; null: one is created. */
  readonly integration: string | null;
  /** The new integration's name in the dashboard. @default `Website` and the first origin */
  readonly name: string | null;
  readonly welcomeMessage: string | null;
  /** Changes an existing `.env` without confirmation. */
  readonly force: boolean;
}

/** An answer or a flag is not valid. */
class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * `init`: prompts for missing values, creates the integration, writes `.env`, runs `check`, and prints the script tag. The
 * API key comes from the environment or a hidden prompt; there is no flag for it, because `ps` would show it.
 */
export async function runInit(
  options: InitOptions,
  terminal: Terminal,
  folder: string = process.cwd(),
): Promise<number> {
  terminal.loadDotenv?.();
  const prompt = terminal.prompt?.() ?? null;
  try {
    return await init(options, { terminal, prompt, file: join(folder, ".env") });
  } catch (error) {
    if (error instanceof PromptClosed) {
      terminal.stderr("\nStopped. Nothing was written.\n");
      return EXIT.findings;
    }
    if (!(error instanceof UsageError)) throw error;
    terminal.stderr(`mailoo-chat-bff: ${error.message}\n`);
    return EXIT.usage;
  } finally {
    prompt?.close();
  }
}

interface Surroundings {
  readonly terminal: Terminal;
  /** Null: not interactive. */
  readonly prompt: Prompt | null;
  /** The `.env` file. */
  readonly file: string;
}

async function init(options: InitOptions, { terminal, prompt, file }: Surroundings): Promise<number> {
  const existing = readDotenv(file);
  if (existing !== null && !options.force && !(await mayChange(file, prompt))) {
    terminal.stderr(`${file} was left as it is.\n`);
    return EXIT.findings;
  }

  const { env = process.env } = terminal;
  const { values, problems } = readFiles(env);
  if (problems.length > 0) throw new ConfigError(problems);
  const ask = (question: Omit<Question, "prompt">) => answer({ ...question, prompt });

  const api = await ask({
    variable: "MAILOO_CHAT_INTEGRATION_API",
    flag: "--api",
    given: options.api ?? values.MAILOO_CHAT_INTEGRATION_API ?? values.API_BASE_URL,
    text: "URL of the Mailoo API: ",
  });
  const apiKey = await ask({
    variable: "MAILOO_CHAT_INTEGRATION_API_KEY",
    flag: null,
    given: values.MAILOO_CHAT_INTEGRATION_API_KEY,
    text: "API key (not shown): ",
    secret: true,
  });
  const project = await ask({
    variable: "MAILOO_CHAT_INTEGRATION_PROJECT_UID",
    flag: "--project",
    given: options.project ?? values.MAILOO_CHAT_INTEGRATION_PROJECT_UID,
    text: "Project id: ",
  });
  const origins = await ask({
    variable: "MAILOO_CHAT_ALLOWED_ORIGINS",
    flag: "--allowed-origin",
    given: options.allowedOrigins.length > 0 ? options.allowedOrigins.join(",") : undefined,
    text: "Origins of the pages that show the chat, separated by commas (https://www.example.com): ",
  });

  const access: Record<string, string> = {
    MAILOO_CHAT_INTEGRATION_API: api,
    // A key from a file is not copied into `.env`.
    ...(env.MAILOO_CHAT_INTEGRATION_API_KEY_FILE === undefined
      ? { MAILOO_CHAT_INTEGRATION_API_KEY: apiKey }
      : { MAILOO_CHAT_INTEGRATION_API_KEY_FILE: env.MAILOO_CHAT_INTEGRATION_API_KEY_FILE }),
    MAILOO_CHAT_INTEGRATION_PROJECT_UID: project,
  };
  const patterns = environmentSchema.shape.MAILOO_CHAT_ALLOWED_ORIGINS.parse(origins) ?? [];
  const allowedOrigins = patterns.map(toOriginText);
  const integrationId =
    options.integration === null
      ? await createIntegration(
          {
            name: options.name ?? `Website ${allowedOrigins[0]}`,
            allowedOrigins,
            welcomeMessage: options.welcomeMessage,
            domain: null,
          },
          parsePlatformAccess(access),
          terminal,
        )
      : await ask({
          variable: "MAILOO_CHAT_INTEGRATION_ID",
          flag: "--integration",
          given: options.integration,
          text: "Integration id: ",
        });
  if (integrationId === null) return EXIT.findings;

  const written: Record<string, string> = {
    ...access,
    MAILOO_CHAT_INTEGRATION_ID: integrationId,
    MAILOO_CHAT_ALLOWED_ORIGINS: allowedOrigins.join(","),
    ...(options.welcomeMessage !== null && { MAILOO_CHAT_WELCOME_MESSAGE: options.welcomeMessage }),
    // A new secret would end all sessions.
    ...(hasSessionSecret(existing, values)
      ? {}
      : { MAILOO_CHAT_SESSION_SECRET: randomBytes(48).toString("base64url") }),
  };
  writeEnvFile(file, existing !== null, written);
  terminal.stdout(`Wrote ${file}, readable by you alone. Keep it out of version control.\n\n`);
  return await finish(file, { ...env, ...written }, terminal);
}

async function finish(file: string, env: Environment, terminal: Terminal): Promise<number> {
  const names = new Set(Object.keys(readDotenv(file) ?? {}));
  const code = await runCheck(
    { send: false, json: false, url: null },
    { ...terminal, env, loadDotenv: () => ({ path: file, names, overridden: [] }) },
  );
  const port = env.PORT?.trim() || "8787";
  terminal.stdout(
    [
      "",
      `Start the server in ${dirname(file)}, with the same command without "init".`,
      "Then add this line to your pages, with the public address of the server in place of localhost:",
      "",
      `<script async src="http://localhost:${port}/widget.js"></script>`,
      "",
    ].join("\n"),
  );
  return code;
}

async function mayChange(file: string, prompt: Prompt | null): Promise<boolean> {
  if (prompt === null)
    throw new UsageError(`${file} exists; add --force to change the chat's variables in it`);
  const reply = await prompt.ask(
    `${file} exists. Change the chat's variables in it, and keep the others? [y/N] `,
  );
  return /^y(es)?$/i.test(reply);
}

interface Question {
  /** Its schema validates the answer. */
  readonly variable: VariableName;
  /** The flag for it; null: only the environment variable. */
  readonly flag: string | null;
  readonly given: string | undefined;
  readonly text: string;
  readonly secret?: boolean;
  readonly prompt: Prompt | null;
}

/** The given value, or the answer to the question, which is repeated until the answer is valid. */
async function answer({ variable, flag, given, text, secret = false, prompt }: Question): Promise<string> {
  if (given !== undefined) {
    const fault = faultOf(variable, given);
    if (fault !== null) throw new UsageError(`${flag ?? variable}: ${fault}`);
    return given;
  }
  if (prompt === null)
    throw new UsageError(`init needs ${flag === null ? variable : `${flag} or ${variable}`}`);
  for (;;) {
    const reply = await (secret ? prompt.askSecret(text) : prompt.ask(text));
    const fault = reply === "" ? "is required" : faultOf(variable, reply);
    if (fault === null) return reply;
    text = `It ${fault}. ${text}`;
  }
}

function hasSessionSecret(
  existing: Readonly<Record<string, string | undefined>> | null,
  values: Readonly<Record<string, string>>,
): boolean {
  const secret = existing?.MAILOO_CHAT_SESSION_SECRET ?? values.MAILOO_CHAT_SESSION_SECRET;
  return secret !== undefined && faultOf("MAILOO_CHAT_SESSION_SECRET", secret) === null;
}

/** Creates the file, or replaces these variables in it. Other lines stay as they are. */
function writeEnvFile(file: string, exists: boolean, values: Readonly<Record<string, string>>): void {
  const lines = toDotenvLines(values);
  if (!exists) {
    // Fails if the file was created meanwhile.
    writeFileSync(file, lines, { mode: 0o600, flag: "wx" });
    return;
  }
  const names = Object.keys(values).join("|");
  // A quoted value may span several lines.
  const assignments = new RegExp(
    `^[ \\t]*(?:export[ \\t]+)?(?:${names})[ \\t]*=[ \\t]*(?:"[^"]*"|'[^']*'|\`[^\`]*\`)?.*(?:\\r?\\n)?`,
    "gm",
  );
  const kept = readFileSync(file, "utf8").replace(assignments, "").trimEnd();
  chmodSync(file, 0o600);
  writeFileSync(file, `${kept === "" ? "" : `${kept}\n\n`}${lines}`);
}
