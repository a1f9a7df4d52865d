import type { MessagePage, SubmitRequest, SubmitResponse } from "@mailoo-chat/protocol";

/** Calls the BFF's routes as a page of one origin does. The caller checks the answers. */
export interface BffCalls {
  submit(request: SubmitRequest, token?: string): Promise<Answer<SubmitResponse>>;
  messages(
    token: string,
    query?: { readonly since?: string; readonly wait?: number },
  ): Promise<Answer<MessagePage>>;
  get(path: string): Promise<Answer<unknown>>;
}

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** @param baseUrl of the BFF, or of a balancer before it */
export function createBffCalls(baseUrl: string, origin: string): BffCalls {
  async function call<T>(path: string, init: RequestInit = {}): Promise<Answer<T>> {
    const answer = await fetch(`${baseUrl}${path}`, { ...init, headers: { origin, ...init.headers } });
    // Not checked here: a test fails where it reads a field of an unexpected shape.
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as T };
  }
  const bearer = (token: string | undefined) =>
    token === undefined ? {} : { authorization: `Bearer ${token}` };
  return {
    submit: (request, token) =>
      call("/submit", {
        method: "POST",
        headers: { "content-type": "application/json", ...bearer(token) },
        body: JSON.stringify(request),
      }),
    messages(token, { since, wait } = {}) {
      const headers: Record<string, string> = { ...bearer(token) };
      if (since !== undefined) headers["mailoo-chat-since"] = since;
      if (wait !== undefined) headers["mailoo-chat-wait"] = String(wait);
      return call("/messages", { headers });
    },
    get: (path) => call(path),
  };
}
