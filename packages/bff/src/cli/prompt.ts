import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";

/** Asks questions in a terminal. They reject with `PromptClosed` after Ctrl+C or Ctrl+D. */
export interface Prompt {
  ask(question: string): Promise<string>;
  /** Without echo. */
  askSecret(question: string): Promise<string>;
  close(): void;
}

export class PromptClosed extends Error {
  override readonly name = "PromptClosed";
}

export function createPrompt(
  input: NodeJS.ReadableStream = process.stdin,
  output: NodeJS.WritableStream = process.stdout,
): Prompt {
  let muted = false;
  const echo = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!muted) output.write(chunk);
      done();
    },
  });
  const lines = createInterface({ input, output: echo, terminal: true });
  const closed = new AbortController();
  lines.once("close", () => closed.abort());

  const ask = async (question: string): Promise<string> => {
    try {
      return (await lines.question(question, { signal: closed.signal })).trim();
    } catch (error) {
      throw new PromptClosed("the dialogue was closed", { cause: error });
    }
  };
  return {
    ask,
    async askSecret(question) {
      const answered = ask(question);
      // The question has been written by now; input is hidden.
      muted = true;
      try {
        return await answered;
      } finally {
        muted = false;
        output.write("\n");
      }
    },
    close: () => lines.close(),
  };
}
