import type { Sandbox } from "@mailoo-chat/sandbox";

/**
 * Resolves to the session that contains a visitor's text, once the platform has stored it.
 *
 * @param text unique among the tests of the worker
 */
export async function theSessionOf(sandbox: Sandbox, text: string): Promise<string> {
  const deadline = performance.now() + 10_000;
  while (performance.now() < deadline) {
    const found = sandbox
      .sessions()
      .find(({ publicId }) => sandbox.messages(publicId).some((message) => message.content === text));
    if (found) return found.publicId;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`the platform has no message "${text}"`);
}
