import { BASE_URL, type FakeBff } from "./fake-bff.ts";

export interface FakeNetwork {
  readonly fetch: typeof fetch;
  readonly WebSocket: typeof WebSocket;
  /**
   * Silently holds back all traffic. Socket frames arrive once it is switched off, as TCP
   * would deliver them; pending requests are lost.
   */
  blackhole: boolean;
  /** The delay of a response, by its request. */
  holdBackMs: (route: string, headers: Headers) => number;
  /** A service worker answers repeated requests from its cache. */
  prefersCache: boolean;
  /** Sockets that the browser holds open. */
  readonly sockets: number;
}

const LATENCY_MS = 20;

/**
 * A network that runs on `setTimeout` alone, so that a test's clock moves it.
 *
 * @param latencyMs The one-way latency of the next request, response or frame.
 */
export function createFakeNetwork(bff: FakeBff, latencyMs: () => number = () => LATENCY_MS): FakeNetwork {
  const sockets = new Set<FakeSocket>();
  let stuck: (() => void)[] = [];
  let blackhole = false;
  let answers = 0;
  const cache = new Map<string, Response>();

  class FakeSocket {
    onopen: (() => void) | null = null;
    onmessage: ((event: { data: string }) => void) | null = null;
    onclose: ((event: { code: number }) => void) | null = null;
    #peer: ReturnType<FakeBff["connect"]> | undefined;
    /** Frames keep their order, whatever their latency. */
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
        this.#arrive(() => {
          if (!bff.down) this.#peer?.onText(text);
        });
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
      setTimeout(() => this.#arrive(action), this.#arrivesAtMs - Date.now());
    }

    #arrive(action: () => void): void {
      const deliver = () => {
        if (!this.#closed) action();
      };
      if (blackhole) stuck.push(deliver);
      else deliver();
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
      if (blackhole) await lost;
    };
    const cached = network.prefersCache && method === "GET" ? cache.get(url.href) : undefined;
    if (cached) return cached;
    await Promise.race([oneWay(), lost]);
    const route = `${method} ${url.pathname.slice(new URL(BASE_URL).pathname.length)}`;
    const answering = bff.answer({
      route,
      headers: new Headers(init.headers),
      body: String(init.body ?? ""),
      signal: signal ?? new AbortController().signal,
    });
    const answer = await Promise.race([answering, lost]);
    await Promise.race([oneWay(), lost]);
    const heldBackMs = network.holdBackMs(route, new Headers(init.headers));
    await Promise.race([new Promise((resolve) => setTimeout(resolve, heldBackMs)), lost]);
    if (!answer) throw new TypeError("network error");
    // Cloned, not serialised: a page that patches `JSON.stringify` does not affect the server.
    const { status, body } = structuredClone(answer);
    const headers = new Headers({ "X-Request-Id": `r${++answers}` });
    const response = { status, ok: status < 300, headers, json: async () => body } as Response; // as much of one as the client uses
    cache.set(url.href, response);
    return response;
  }

  const network: FakeNetwork = {
    fetch: fakeFetch,
    WebSocket: FakeSocket as unknown as typeof WebSocket, // as much of one as the client uses
    holdBackMs: () => 0,
    prefersCache: false,
    get blackhole() {
      return blackhole;
    },
    set blackhole(on) {
      blackhole = on;
      const arriving = stuck;
      stuck = [];
      for (const deliver of arriving) deliver();
    },
    get sockets() {
      return sockets.size;
    },
  };
  return network;
}
