import { parseArgs } from "node:util";
import { ConfigError } from "../config/parse-config.ts";
import { defaultText, docOf, VARIABLE_GROUPS, type VariableName } from "../config/variables.ts";
import { packageVersion } from "../lib/package-version.ts";
import { runStart } from "../server.ts";
import { runCheck } from "./check.ts";
import { runCreateIntegration } from "./create-integration.ts";
import { runInit } from "./init.ts";
import { EXIT, type Terminal } from "./terminal.ts";

/** Runs one command. @returns the exit code */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  const parsed = parseCommandLine(args);
  if ("fault" in parsed) {
    terminal.stderr(`mailoo-chat-bff: ${parsed.fault}\n\n${USAGE}`);
    return EXIT.usage;
  }
  const { command, options } = parsed;
  if (options.help) {
    terminal.stdout(USAGE);
    return EXIT.ok;
  }
  if (options.version) {
    terminal.stdout(`${packageVersion()}\n`);
    return EXIT.ok;
  }
  const { json, name = null, "welcome-message": welcomeMessage = null } = options;
  const allowedOrigins = options["allowed-origin"];
  try {
    switch (command) {
      case "start":
        return await runStart(terminal);
      case "check":
        return await runCheck({ send: options.send, json, url: options.url ?? null }, terminal);
      case "init":
        return await runInit(
          {
            api: options.api ?? null,
            project: options.project ?? null,
            allowedOrigins,
            integration: options.integration ?? null,
            name,
            welcomeMessage,
            force: options.force,
          },
          terminal,
        );
      case "create-integration":
        return await runCreateIntegration(
          { name: name ?? "", allowedOrigins, welcomeMessage, domain: options.domain ?? null },
          { json },
          terminal,
        );
    }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) terminal.stderr(`${problem}\n`);
    return EXIT.config;
  }
}

type Command = "start" | "check" | "init" | "create-integration";

const OPTIONS = {
  help: { type: "boolean", short: "h", default: false },
  version: { type: "boolean", short: "v", default: false },
  json: { type: "boolean", default: false },
  send: { type: "boolean", default: false },
  url: { type: "string" },
  api: { type: "string" },
  project: { type: "string" },
  integration: { type: "string" },
  force: { type: "boolean", default: false },
  name: { type: "string" },
  "allowed-origin": { type: "string", multiple: true, default: [] as string[] },
  "welcome-message": { type: "string" },
  domain: { type: "string" },
} as const;

const OPTIONS_OF: Readonly<Record<Command, readonly (keyof typeof OPTIONS)[]>> = {
  start: [],
  check: ["json", "send", "url"],
  init: ["api", "project", "integration", "force", "name", "allowed-origin", "welcome-message"],
  "create-integration": ["json", "name", "allowed-origin", "welcome-message", "domain"],
};

function parseCommandLine(args: readonly string[]) {
  try {
    const { values, positionals, tokens } = parseArgs({
      args: [...args],
      options: OPTIONS,
      allowPositionals: true,
      tokens: true,
    });
    const [command = "start", ...rest] = positionals;
    if (!isCommand(command)) return { fault: `unknown command ${command}` };
    if (rest.length > 0) return { fault: `unexpected argument ${rest[0]}` };
    const known = new Set<string>(["help", "version", ...OPTIONS_OF[command]]);
    const stray = tokens.find((token) => token.kind === "option" && !known.has(token.name));
    if (stray?.kind === "option") return { fault: `${command} does not take --${stray.name}` };
    if (values.url !== undefined && !(/^https?:\/\//.test(values.url) && URL.canParse(values.url))) {
      return { fault: "--url must be an http or https URL, such as https://chat.example.com" };
    }
    if (command === "create-integration" && !values.help && !values.version) {
      if (!values.name) return { fault: "create-integration needs --name" };
      if (values["allowed-origin"].length === 0)
        return { fault: "create-integration needs --allowed-origin" };
    }
    return { command, options: values };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : "the arguments are not valid" };
  }
}

function isCommand(text: string): text is Command {
  return Object.hasOwn(OPTIONS_OF, text);
}

const COMMANDS = `Usage: mailoo-chat-bff [command] [options]

Commands:
  init                  create an integration, write .env, run check, and print the script tag; asks for what is missing
    --api URL           the platform's API
    --project UID
    --allowed-origin O  an origin whose pages show the chat; may be repeated
    --name NAME         the integration's name in the dashboard
    --welcome-message M
    --integration ID    use this integration instead of creating one
    --force             change an existing .env without asking
  start                 run the server (the default)
  check                 check the configuration and the platform; say what is wrong and how to fix it
    --url URL           also look at the running server from outside, such as https://chat.example.com
    --send              also send a real test message, which the owner sees
    --json              print one JSON object: { ok, findings: [{ id, severity, message, fix }] }
  create-integration    create a JSBOX integration and print the lines for your .env
    --name NAME         its name in the dashboard
    --allowed-origin O  an origin whose pages show the chat; may be repeated
    --welcome-message M
    --domain D
    --json              print one JSON object: { integrationId, env }

  --help, --version

Exit codes: 0 ok, 1 findings, 2 wrong usage, 78 wrong configuration.

Environment variables, also read from .env in the working directory, with their defaults:
`;

const USAGE = `${COMMANDS}${Object.entries(VARIABLE_GROUPS).map(toSection).join("")}`;

function toSection([title, group]: readonly [string, object]): string {
  // Object.keys of literals whose keys are the names.
  const names = Object.keys(group) as VariableName[];
  return `\n${title}\n${names.map(toParagraph).join("")}`;
}

function toParagraph(name: VariableName): string {
  const preset = defaultText(name);
  return `  ${name}${preset ? ` (${preset})` : ""}\n      ${docOf(name).description.replaceAll("`", "")}\n`;
}
