import { defaultText, docOf, VARIABLE_GROUPS, type VariableName } from "../config/variables.ts";

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

export const USAGE = `${COMMANDS}${Object.entries(VARIABLE_GROUPS).map(toSection).join("")}`;

function toSection([title, group]: readonly [string, object]): string {
  // Object.keys of literals whose keys are the names.
  const names = Object.keys(group) as VariableName[];
  return `\n${title}\n${names.map(toParagraph).join("")}`;
}

function toParagraph(name: VariableName): string {
  const preset = defaultText(name);
  return `  ${name}${preset ? ` (${preset})` : ""}\n      ${docOf(name).description.replaceAll("`", "")}\n`;
}
