import { type Sandbox, type SandboxOptions, startSandbox } from "@mailoo-chat/sandbox";
import type { Environment } from "../../src/config/variables.ts";
import { startBff, type TestBff } from "./start-bff.ts";

/** A platform and a BFF before it. */
export interface TestChat extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly bff: TestBff;
}

export async function startChat(
  env: Environment = {},
  sandboxOptions: SandboxOptions = {},
): Promise<TestChat> {
  const sandbox = await startSandbox(sandboxOptions);
  const bff = await startBff({ platform: sandbox, env });
  return {
    sandbox,
    bff,
    async [Symbol.asyncDispose]() {
      await bff.close();
      await sandbox.close();
    },
  };
}
