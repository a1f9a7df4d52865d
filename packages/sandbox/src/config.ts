import { parseArgs } from "node:util";
import { parseServerUrl } from "./http/parse-server-url.ts";
import type { SandboxOptions } from "./sandbox.ts";
import { withoutUndefined } from "./without-undefined.ts";

/** What the command line asks for. */
export type Command =
  | { readonly name: "start"; readonly options: SandboxOptions }
  | { readonly name: "help" }
  | { readonly name: "version" }
  | { readonly name: "misuse"; readonly message: string };

export const USAGE = `mailoo-sandbox: a local Mailoo

  mailoo-sandbox [--port N] [--host H] [--data FILE] [--faults] [--bff URL]

  --port N      port to listen on                       SANDBOX_PORT, 4077
  --host H      address to listen on                    SANDBOX_HOST, 127.0.0.1
  --data FILE   keep the state in this SQLite file      SANDBOX_DATA, in memory
  --faults      open the fault switches, /__sandbox     SANDBOX_FAULTS=1
  --bff URL     chat server whose widget the configurator previews    SANDBOX_BFF
  --help        print this
  --version     print the version

  SANDBOX_ALLOWED_ORIGINS    origins of the seeded integration, by comma; empty for all
  SANDBOX_OWNER_SECRET       HS256 secret of owner tokens, at least 32 bytes
  SANDBOX_OWNER_JWKS_URL     where the RS256 keys of owner tokens are
  SANDBOX_OWNER_AUDIENCE     demanded of owner tokens
  SANDBOX_OWNER_ISSUER       demanded of owner tokens
`;

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the arguments after the command's name, and the environment for those that are missing. */
export function parseCommand(args: readonly string[], env: Environment): Command {
  const parsed = parseFlags(args);
  if (typeof parsed === "string") return { name: "misuse", message: parsed };
  if (parsed.help) return { name: "help" };
  if (parsed.version) return { name: "version" };

  const port = parsePort(parsed.port ?? given(env, "SANDBOX_PORT") ?? "4077");
  if (port === null) return { name: "misuse", message: "the port must be a whole number from 0 to 65535" };
  const jwksUrl = given(env, "SANDBOX_OWNER_JWKS_URL");
  if (jwksUrl !== undefined && !isHttpUrl(jwksUrl)) {
    return { name: "misuse", message: "SANDBOX_OWNER_JWKS_URL must be an http or https address" };
  }
  const secret = given(env, "SANDBOX_OWNER_SECRET");
  if (secret !== undefined && Buffer.byteLength(secret) < 32) {
    return { name: "misuse", message: "SANDBOX_OWNER_SECRET must have at least 32 bytes" };
  }
  const bff = parsed.bff ?? given(env, "SANDBOX_BFF");
  const bffUrl = bff === undefined ? undefined : parseServerUrl(bff);
  if (bffUrl === null) return { name: "misuse", message: "the chat server must be an http or https address" };
  const allowedOrigins = env.SANDBOX_ALLOWED_ORIGINS;
  return {
    name: "start",
    options: {
      port,
      host: parsed.host ?? given(env, "SANDBOX_HOST") ?? "127.0.0.1",
      data: parsed.data ?? given(env, "SANDBOX_DATA") ?? null,
      faults: parsed.faults ?? env.SANDBOX_FAULTS === "1",
      ...(bffUrl === undefined ? {} : { bffUrl }),
      ...(allowedOrigins === undefined ? {} : { allowedOrigins: splitList(allowedOrigins) }),
      owner: withoutUndefined({
        secret,
        jwksUrl,
        audience: given(env, "SANDBOX_OWNER_AUDIENCE"),
        issuer: given(env, "SANDBOX_OWNER_ISSUER"),
      }),
    },
  };
}

interface Flags {
  readonly port?: string;
  readonly host?: string;
  readonly data?: string;
  readonly faults?: boolean;
  readonly bff?: string;
  readonly help?: boolean;
  readonly version?: boolean;
}

/** The flags, or an error message. */
function parseFlags(args: readonly string[]): Flags | string {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: "string" },
        host: { type: "string" },
        data: { type: "string" },
        faults: { type: "boolean" },
        bff: { type: "string" },
        help: { type: "boolean", short: "h" },
        version: { type: "boolean", short: "v" },
      },
    }).values;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function parsePort(text: string): number | null {
  const port = Number(text);
  return /^\d{1,5}$/.test(text) && port <= 65_535 ? port : null;
}

function isHttpUrl(text: string): boolean {
  return /^https?:$/.test(URL.parse(text)?.protocol ?? "");
}

/** An empty variable counts as unset. */
function given(env: Environment, name: string): string | undefined {
  return env[name] === "" ? undefined : env[name];
}

function splitList(text: string): readonly string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}
