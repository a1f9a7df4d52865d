import { useChatWidget } from "@mailoo-chat/widget/react";
import { useState } from "react";
import { useUnread } from "./use-unread.ts";

export function App() {
  const [isSignedIn, setSignedIn] = useState(false);
  const chat = useChatWidget({
    bff: import.meta.env.VITE_CHAT_URL,
    title: "Field Notes",
    accent: "#25634a",
    // Changing an option keeps the conversation.
    subtitle: isSignedIn ? "Good to see you again" : "We answer within the hour",
  });
  const unread = useUnread(chat);

  function signOut(): void {
    setSignedIn(false);
    // The next user of this browser must not see the previous conversation.
    chat?.reset();
  }

  return (
    <>
      <header>
        <strong>Field Notes</strong>
        <button type="button" onClick={() => chat?.open()}>
          Ask us{unread > 0 && ` (${unread})`}
        </button>
        <button type="button" onClick={() => (isSignedIn ? signOut() : setSignedIn(true))}>
          {isSignedIn ? "Sign out" : "Sign in"}
        </button>
      </header>
      <main>
        <h1>Forty-eight pages for the pocket.</h1>
        <p>Squared, ruled or plain, on paper that takes a pencil in the rain.</p>
      </main>
    </>
  );
}
