import { type ChatBff, createChatBff } from "@mailoo-chat/bff";

declare global {
  var mailooChat: ChatBff | undefined;
}

/**
 * The process's one BFF. It is created with the first request, because `next build` has no configuration, and kept in
 * the global object, because `next dev` loads this file again after a change.
 */
export function chat(): ChatBff {
  globalThis.mailooChat ??= startChat();
  return globalThis.mailooChat;
}

function startChat(): ChatBff {
  const bff = createChatBff({
    // Return { name, email } of the signed-in visitor; request.headers.cookie has the site's cookies.
    resolveVisitor: () => null,
  });
  // Completes pending long polls, so that Next.js can exit at once.
  process.once("SIGTERM", () => void bff.close());
  return bff;
}
