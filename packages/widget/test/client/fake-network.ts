import { BASE_URL, type FakeBff } from "./fake-bff.ts";

export interface FakeNetwork {
  readonly fetch: typeof fetch;
  readonly WebSocket: typeof WebSocket;
  /** Nothing arrives any more, either way, and nobody is told. */
  blackhole: boolean;
  /** Sockets that the browser holds open. */
  readonly sockets: number;
}

const LATENCY_MS = 20;

/**
 * A network that runs on `setTimeout` alone, so that a test's clock moves it.
 *
 * @param latencyMs How long the next thing takes one way.
 */
export function createFakeNetwork(bff: FakeBff, latencyMs: () => number = () => LATENCY_MS): FakeNetwork {
  const sockets = new Set<FakeSocket>();

  class FakeSocket {
    onopen: (() => void) | null = null;
    onmessage: ((event: { data: string }) => void) | null = null;
    onclose: ((event: { code: number }) => void) | null = null;
    #peer: ReturnType<FakeBff["connect"]> | undefined;
    /** Frames keep their order, whatever time each one takes. */
    #arrivesAtMs = 0;
    #closed = false;

    constructor() {
      sockets.add(this);
      this.#later(() => {
        if (bff.down || bff.sockets === "refuse") return this.#end(1006);
        this.#peer = bff.connect({
          send: (text) => this.#later(() => this.onmessage?.({ data: text })),
          close: (code) => this.#later(() => this.#end(code)),
        });
        this.onopen?.();
      });
    }

    send(text: string): void {
      setTimeout(() => {
        if (!network.blackhole && !this.#closed && !bff.down) this.#peer?.onText(text);
      }, latencyMs());
    }

    close(): void {
      this.#closed = true;
      sockets.delete(this);
      this.#peer?.onGone();
    }

    #end(code: number): void {
      this.close();
      this.onclose?.({ code });
    }

    #later(action: () => void): void {
      this.#arrivesAtMs = Math.max(this.#arrivesAtMs, Date.now() + latencyMs());
      setTimeout(() => {
        if (!network.blackhole && !this.#closed) action();
      }, this.#arrivesAtMs - Date.now());
    }
  }

  async function fakeFetch(input: unknown, init: RequestInit = {}): Promise<Response> {
    const { signal, method = "GET" } = init;
    const url = new URL(String(input));
    const lost = new Promise<never>((_, reject) => {
      const abort = () => reject(new DOMException("aborted", "AbortError"));
      if (signal?.aborted) abort();
      signal?.addEventListener("abort", abort);
    });
    lost.catch(() => {});
    const oneWay = async () => {
      await new Promise((resolve) => setTimeout(resolve, latencyMs()));
      if (network.blackhole) await lost;
    };
    await Promise.race([oneWay(), lost]);
    const answering = bff.answer({
      route: `${method} ${url.pathname.slice(new URL(BASE_URL).pathname.length)}`,
      headers: new Headers(init.headers),
      body: String(init.body ?? ""),
      signal: signal ?? new AbortController().signal,
    });
    const answer = await Promise.race([answering, lost]);
    await Promise.race([oneWay(), lost]);
    if (!answer) throw new TypeError("network error");
    return Response.json(answer.body, { status: answer.status });
  }

  const network: FakeNetwork = {
    fetch: fakeFetch,
    WebSocket: FakeSocket as unknown as typeof WebSocket, // as much of one as the client uses
    blackhole: false,
    get sockets() {
      return sockets.size;
    },
  };
  return network;
}
