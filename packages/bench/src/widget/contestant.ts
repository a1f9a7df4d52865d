import type { ChatServerOptions } from "./chat-server.ts";
import type { Place } from "./place.ts";

/** A chat for web pages, as its own documentation says to embed it. */
export interface Contestant {
  readonly name: string;
  /** On npm; its version stands beside the figures. Null where the repository's own build is measured. */
  readonly packageName: string | null;
  /** What stands between its files and a page, for the reader of the figures. */
  readonly embedding: string;
  prepare(): Promise<Stand>;
}

/** A contestant that is ready to be visited. */
export interface Stand extends ChatServerOptions {
  /** What the owner pastes into a page, given where the chat's files and answers are. */
  snippet(chatOrigin: string): string;
  /** What the visitor clicks; null where the chat is a part of the page. */
  readonly launcher: Place | null;
  /** What the visitor types into. */
  readonly textBox: Place;
}
