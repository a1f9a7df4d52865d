import type { Link } from "./console-state.ts";
import { type OwnerEvent, parseOwnerEvent } from "./wire.ts";

export interface OwnerSocketOptions {
  readonly integrationId: string;
  readonly token: string;
  readonly onEvent: (event: OwnerEvent) => void;
  readonly onLink: (link: Link) => void;
}

const FIRST_CEILING_MS = 500;
const LAST_CEILING_MS = 15_000;

/** Keeps the owner socket of an integration open until stopped, coming back after a random wait below a growing ceiling. */
export function watchIntegration({ integrationId, token, onEvent, onLink }: OwnerSocketOptions): () => void {
  const stopped = new AbortController();
  let attempt = 0;
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  let socket: WebSocket | null = null;

  function dial(): void {
    clearTimeout(retryTimer);
    onLink(attempt === 0 ? "connecting" : "lost");
    const query = new URLSearchParams({ integrationId, token });
    const dialled = new WebSocket(`${location.origin.replace(/^http/, "ws")}/api/v1/chat/ws?${query}`);
    socket = dialled;
    dialled.addEventListener("open", () => {
      if (socket !== dialled) return;
      attempt = 0;
      onLink("live");
    });
    dialled.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
      if (socket !== dialled || typeof data !== "string") return;
      const event = parseOwnerEvent(data);
      if (event !== null) onEvent(event);
    });
    dialled.addEventListener("close", () => {
      if (socket !== dialled) return;
      socket = null;
      onLink("lost");
      const ceilingMs = Math.min(LAST_CEILING_MS, FIRST_CEILING_MS * 2 ** attempt);
      attempt += 1;
      retryTimer = setTimeout(dial, Math.random() * ceilingMs);
    });
  }

  function dialNow(): void {
    if (socket === null) dial();
  }

  window.addEventListener("online", dialNow, { signal: stopped.signal });
  dial();

  return () => {
    stopped.abort();
    clearTimeout(retryTimer);
    const last = socket;
    socket = null;
    last?.close();
  };
}
