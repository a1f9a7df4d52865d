import { parseArgs } from "node:util";

/** The platform to check. */
export interface ConformanceOptions {
  readonly api: string;
  readonly key: string;
  readonly projectUid: string;
  readonly integrationId: string;
  /** An origin that the integration allows. */
  readonly origin: string;
  /** An owner's access token; null skips the dashboard. */
  readonly ownerToken: string | null;
  /** http(s) origin of the sockets. */
  readonly socketApi: string;
  /** A key without `webhook.chat-integration-create`, and one without `chat.send-message`. */
  readonly sendOnlyKey: string | null;
  readonly createOnlyKey: string | null;
  /** Whether to create an integration, which stays on the platform. */
  readonly create: boolean;
  /** How long an answer or a frame may take. */
  readonly timeoutMs: number;
}

export type Command =
  | {
      readonly name: "run";
      readonly options: ConformanceOptions;
      readonly json: boolean;
      readonly shapesFile: string | null;
    }
  | { readonly name: "help" }
  | { readonly name: "misuse"; readonly message: string };

export const USAGE = `conformance: which documented behaviours of the chat platform hold

  pnpm conformance --api URL --key KEY --project UID --integration ID [options]

  --origin URL         an origin that the integration allows    http://localhost:5173
  --ws-origin URL      where the sockets are                    the API
  --owner-token JWT    an owner's access token: tries the dashboard and the owner socket too
  --send-only-key KEY, --create-only-key KEY
                       restricted keys: tries the scopes
  --create             makes an integration, which stays
  --timeout SECONDS    for each answer and frame                10
  --shapes FILE        writes keys and types of every answer, never a value
  --json               one object instead of lines
  --help

It sends real messages into new sessions of the integration. Exit codes: 0 all hold, 1 something is broken, 2 usage.
`;

export function parseCommand(args: readonly string[]): Command {
  const flags = parseFlags(args);
  if (typeof flags === "string") return { name: "misuse", message: flags };
  if (flags.help) return { name: "help" };

  const { api, key, project, integration, origin = "http://localhost:5173" } = flags;
  if (!api || !key || !project || !integration) {
    return { name: "misuse", message: "--api, --key, --project and --integration are needed" };
  }
  const socketApi = (flags["ws-origin"] ?? api).replace(/^ws/, "http");
  for (const [name, url] of Object.entries({ api, origin, "ws-origin": socketApi })) {
    if (!/^https?:$/.test(URL.parse(url)?.protocol ?? "")) {
      return { name: "misuse", message: `--${name} must be an http or https address` };
    }
  }
  const timeoutMs = Number(flags.timeout ?? "10") * 1000;
  if (!(timeoutMs > 0)) return { name: "misuse", message: "--timeout must be a number of seconds" };
  return {
    name: "run",
    json: flags.json ?? false,
    shapesFile: flags.shapes ?? null,
    options: {
      api: api.replace(/\/+$/, ""),
      key,
      projectUid: project,
      integrationId: integration,
      origin,
      socketApi: socketApi.replace(/\/+$/, ""),
      ownerToken: flags["owner-token"] ?? null,
      sendOnlyKey: flags["send-only-key"] ?? null,
      createOnlyKey: flags["create-only-key"] ?? null,
      create: flags.create ?? false,
      timeoutMs,
    },
  };
}

/** The flags, or an error message. */
function parseFlags(args: readonly string[]) {
  try {
    return parseArgs({
      args: args.filter((argument) => argument !== "--"),
      options: {
        api: { type: "string" },
        key: { type: "string" },
        project: { type: "string" },
        integration: { type: "string" },
        origin: { type: "string" },
        "ws-origin": { type: "string" },
        "owner-token": { type: "string" },
        "send-only-key": { type: "string" },
        "create-only-key": { type: "string" },
        create: { type: "boolean" },
        timeout: { type: "string" },
        shapes: { type: "string" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
