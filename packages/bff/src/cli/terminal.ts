import type { Dotenv } from "../config/dotenv.ts";
import type { Environment } from "../config/variables.ts";
import type { Prompt } from "./prompt.ts";

/** How the command ends. 78 is `EX_CONFIG` of sysexits. */
export const EXIT = { ok: 0, findings: 1, usage: 2, config: 78 } as const;

/** The surroundings of a command. Results go to `stdout`, everything else to `stderr`. */
export interface Terminal {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Includes the values of the `.env` file. @default process.env */
  readonly env?: Environment;
  /** The `.env` file. @default null: there is none */
  readonly dotenv?: Dotenv | null;
  /** Opens a prompt. @default null: not interactive */
  readonly prompt?: (() => Prompt) | null;
}
