import { useLayoutEffect, useState } from "preact/hooks";
import type { ChatState } from "../../client/chat-client.ts";
import { useChat } from "../chat-context.tsx";

/** The client's state; renders again after each change of it. */
export function useChatState(): ChatState {
  const { client } = useChat();
  const [, setState] = useState(client.state);
  useLayoutEffect(() => client.subscribe(setState), [client]);
  return client.state;
}
