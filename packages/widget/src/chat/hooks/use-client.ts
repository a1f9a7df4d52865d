import { useLayoutEffect, useState } from "preact/hooks";
import type { ChatClient, ChatState } from "../../client/chat-client.ts";

/** The client's state; renders again after each change of it. */
export function useClient(client: ChatClient): ChatState {
  const [, setState] = useState(client.state);
  useLayoutEffect(() => client.subscribe(setState), [client]);
  return client.state;
}
