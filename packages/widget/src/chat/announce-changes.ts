import type { ChatState } from "../client/chat-client.ts";
import type { Shell } from "../launcher/shell.ts";

/** What the page is told when the client's state has changed. */
export function announceChanges(before: ChatState, now: ChatState, emit: Shell["emit"]): void {
  if (now.unread !== before.unread) emit("unread", { count: now.unread });
  if (now.status !== before.status) emit("status", { status: now.status });
  if (now.connection.name !== before.connection.name) emit("connection", { state: now.connection.name });
  if (now.hasSession !== before.hasSession) emit("session", { active: now.hasSession });
  if (now.isIdentityRefused && !before.isIdentityRefused) {
    emit("error", {
      code: "identity_invalid",
      message: "The identity token is not valid: messages go out without it.",
    });
  }
  if (isRefused(now) && !isRefused(before)) {
    // A sandboxed frame has the origin "null", which no server accepts.
    const message = `${self.origin} is not in MAILOO_CHAT_ALLOWED_ORIGINS of the chat server.`;
    queueMicrotask(() => console.warn(`Mailoo Chat: ${message}`));
    emit("error", { code: "origin_not_allowed", message });
  }
  for (const { id, key, state, failure } of now.timeline) {
    if (state !== "failed" || before.timeline.some((entry) => entry.key === key && entry.state === "failed"))
      continue;
    emit("error", { code: failure ?? "network", message: `Message ${id} was not sent.` });
  }
}

function isRefused({ notice }: ChatState): boolean {
  return notice?.kind === "ended" && notice.reason === "origin-not-allowed";
}
