import type { ChatClient } from "./chat-client.ts";
import { type ChatClientOptions, createChatClient as createClient } from "./create-client.ts";

/** The client for those who import the package: their bundler finds the file that few need. */
export function createChatClient(options: ChatClientOptions): ChatClient {
  return createClient(options, () => import("./recall-session.ts"));
}
