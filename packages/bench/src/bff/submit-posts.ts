import { DEFAULT_BASE_PATH, ROUTES } from "@mailoo-chat/protocol";
import type { BenchSession } from "./issue-sessions.ts";
import { createSubmitClient, type SubmitClient } from "./submit-client.ts";

/** Messages of continued sessions, in turn. */
export function submitTo(bffUrl: string, sessions: readonly BenchSession[]): SubmitClient {
  return createSubmitClient(bffUrl, `${DEFAULT_BASE_PATH}${ROUTES.submit}`, (index) => ({
    token: sessions[index % sessions.length]?.token ?? "",
    body: { content: `Message ${index}`, clientMessageId: `bench-${index}`, attempt: 1, after: null },
  }));
}

/** The same for a server without sessions: the bare proxy or the platform. */
export function sendTo(serverUrl: string, path: string): SubmitClient {
  return createSubmitClient(serverUrl, path, (index) => ({
    token: null,
    body: { content: `Message ${index}`, sessionPublicId: "bench" },
  }));
}

/** The platform's path for sends. */
export const PLATFORM_PATH = "/api/v1/webhooks/chat/project/integration/messages";
