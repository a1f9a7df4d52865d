import type { Dotenv } from "../config/dotenv.ts";
import type { Environment } from "../config/variables.ts";
import type { Prompt } from "./prompt.ts";

/** How the command ends. 78 is `EX_CONFIG` of sysexits. */
export const EXIT = { ok: 0, findings: 1, usage: 2, config: 78 } as const;

/** What a command talks to: results go to `stdout`, everything else to `stderr`. */
export interface Terminal {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** With the values of the `.env` file. @default process.env */
  readonly env?: Environment;
  /** The `.env` file whose values are in `env`. @default null: there is none */
  readonly dotenv?: Dotenv | null;
  /** Opens a dialogue with the person at the keyboard. @default null: nobody is there to answer */
  readonly prompt?: (() => Prompt) | null;
}
