import type { ChatClient } from "./chat-client.ts";
import type { ClientFiles, LoadClientFile } from "./client-files.ts";
import { type ChatClientOptions, createChatClient as createClient } from "./create-client.ts";

/** Spelled out, so that every bundler sees the files. */
const FILES: { readonly [Name in keyof ClientFiles]: () => Promise<ClientFiles[Name]> } = {
  "recall-session": () => import("./recall-session.ts"),
  "stored-lock": () => import("./tabs/stored-lock.ts"),
};

const load: LoadClientFile = (name) => FILES[name]();

/** The client for those who import the package. */
export function createChatClient(options: ChatClientOptions): ChatClient {
  return createClient(options, load);
}
