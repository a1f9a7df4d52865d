import type { MessagePage, PresenceStatus } from "@mailoo-chat/protocol";
import type { Browser } from "../browser.ts";
import type { ConnectionState, EndReason, TransportName } from "../chat-client.ts";
import type { MessageReader } from "../message-reader.ts";
import { toEnd } from "./end-reason.ts";
import { afterLoss, type LossCause, toProbeDelayMs, toSocketTimeoutMs } from "./rules.ts";

/** What the BFF has to tell: a page, a message with its cursor, the owner's presence. */
export type Delivery = Partial<MessagePage> & { readonly status?: PresenceStatus };

/** How a transport reports to the connection. Calls of a transport that was hung up are ignored. */
export interface TransportCallbacks {
  /** Aborted when the client hangs up. */
  readonly signal: AbortSignal;
  /** How long a socket may take to open, and then to be ready. */
  readonly timeoutMs: number;
  /** With the first delivery the dial is online. */
  deliver(delivery: Delivery): void;
  /** Fetches a page and delivers it. Nothing comes back where that is the end of the dial. */
  read(waitSeconds: number): Promise<MessagePage | undefined>;
  /** The dial has held long enough to be trusted: the next loss is not its fault. */
  prove(): void;
  /**
   * @param afterMs A wait that the server asked for.
   * @param end The session is over.
   */
  lose(cause: LossCause, afterMs?: number, end?: EndReason): void;
}

export interface ConnectionPort {
  toTransports(): readonly TransportName[];
  /** Opens a transport. Its events may come at once. */
  dial(transport: TransportName, callbacks: TransportCallbacks): void;
  deliver(delivery: Delivery): void;
  onChange(connection: ConnectionState): void;
}

export interface Connection {
  /**
   * Connects, or retries at once; only the pause that a busy server asked for is not cut short.
   *
   * @param suspect The connection may have died unnoticed.
   */
  connect(suspect: boolean): void;
  /** A loss noticed elsewhere: the browser is offline, or the answer to a send says that the session is over. */
  lose(cause: LossCause | "offline", afterMs?: number, end?: EndReason): void;
  stop(): void;
}

/** Browsers are wrong about being offline at times: try now and then all the same. */
const OFFLINE_RETRY_MS = 30_000;

/** A live connection answers so much sooner than a poll is given up. */
const CHECK_SOONER_MS = 5_000;

/**
 * Keeps one transport connected, by the rules of `rules.ts`. While it polls, it tries a socket beside the poll, which takes
 * over when it is ready: messages of both are merged by id.
 */
export function createConnection(
  { setTimer }: Pick<Browser, "setTimer">,
  reader: MessageReader,
  port: ConnectionPort,
): Connection {
  let connection: ConnectionState = { name: "idle" };
  /** The dial that carries the conversation, and the socket that is tried beside it. */
  let main: AbortController | undefined;
  let probe: AbortController | undefined;
  let transportIndex = 0;
  let attempt = 0;
  /** Probes since a socket was last proven. */
  let probes = 0;
  let proven = false;
  let established = false;
  /** The token was refused, and one more try is under way. */
  let renewing = false;

  function become(next: ConnectionState, dueInMs?: number): void {
    setTimer(due, dueInMs);
    connection = next;
    port.onChange(next);
  }

  /** Nothing is dialled until the timer runs out, if there is one. */
  function rest(next: ConnectionState, dueInMs?: number): void {
    hangUp();
    become(next, dueInMs);
  }

  function hangUp(): void {
    main?.abort();
    probe?.abort();
    main = probe = undefined;
  }

  function due(): void {
    if (connection.name === "online") {
      probes++;
      probe = new AbortController();
      open("socket", probe);
    } else {
      redial();
    }
  }

  function redial(): void {
    const transport = port.toTransports()[transportIndex] ?? "poll";
    hangUp();
    proven = false;
    const own = new AbortController();
    main = own;
    become({ name: "connecting", transport, attempt: attempt + 1 });
    open(transport, own);
  }

  function open(transport: TransportName, own: AbortController): void {
    const { signal } = own;

    function deliver(delivery: Delivery): void {
      if (own !== main && own !== probe) return;
      port.deliver(delivery);
      if (own === probe) {
        main?.abort();
        main = probe;
        probe = undefined;
        proven = false;
        // If this socket dies at once, the client goes back to polling.
        transportIndex = 1;
        online(transport);
      } else if (own === main && connection.name === "connecting") {
        online(transport);
      }
    }

    function lose(cause: LossCause, afterMs?: number, end?: EndReason): void {
      if (own === main) {
        lost(cause, afterMs, end);
      } else if (own === probe) {
        probe.abort();
        probe = undefined;
        setTimer(due, toProbeMs());
      }
    }

    // A listener of the new state may have hung up.
    if (signal.aborted) return;
    port.dial(transport, {
      signal,
      timeoutMs: toSocketTimeoutMs(own === probe ? probes + 1 : attempt),
      deliver,
      lose,
      prove() {
        if (own !== main) return;
        proven = true;
        renewing = false;
        attempt = 0;
        if (transport === "socket") probes = 0;
      },
      async read(waitSeconds) {
        const answer = await reader.read(waitSeconds, own);
        if (answer.body) {
          deliver(answer.body);
        } else {
          const { code, afterMs } = answer;
          // A draining server is soon replaced.
          const asked = code === "draining" ? "asked" : afterMs ? "busy" : null;
          lose(asked ?? (code === "network" ? "timeout" : "refused"), afterMs, toEnd(code));
        }
        return signal.aborted ? undefined : answer.body;
      },
    });
  }

  function online(transport: TransportName): void {
    established = true;
    become({ name: "online", transport }, transport === "socket" ? undefined : toProbeMs());
  }

  function toProbeMs(): number | undefined {
    return port.toTransports()[0] === "socket" ? toProbeDelayMs(probes, Math.random()) : undefined;
  }

  function lost(cause: LossCause | "offline", afterMs = 0, end?: EndReason): void {
    if (end === "token-rejected" && !renewing) {
      renewing = true;
      // A send may be refused before anything was dialled: the next dial will tell.
      if (connection.name !== "idle") redial();
    } else if (end) {
      rest({ name: "ended", reason: end });
    } else if (cause === "offline") {
      if (main || connection.name === "waiting") rest({ name: "offline", attempt }, OFFLINE_RETRY_MS);
    } else {
      const standing = { transportIndex, attempt: ++attempt, proven, established };
      const [next, retryInMs] = afterLoss(port.toTransports(), standing, cause, afterMs, Math.random());
      transportIndex = next;
      if (retryInMs) rest({ name: "waiting", attempt, retryInMs, cause }, retryInMs);
      else redial();
    }
  }

  /** Asks whether the main dial still lives. */
  async function check(own: AbortController): Promise<void> {
    const answer = await reader.read(0, own, reader.toPatienceMs() - CHECK_SOONER_MS);
    if (own !== main) return;
    if (answer.body) {
      port.deliver(answer.body);
    } else {
      const end = toEnd(answer.code);
      if (end || answer.code === "network") lost("silence", 0, end);
    }
  }

  return {
    connect(suspect) {
      const { name } = connection;
      if (name === "online") {
        if (suspect && connection.transport === "socket" && main) void check(main);
        // A poll is checked by polling again.
        else if (suspect) redial();
      } else if (name === "waiting" ? connection.cause !== "busy" : name === "idle" || name === "offline") {
        redial();
      }
    },
    lose: lost,
    stop() {
      transportIndex = attempt = probes = 0;
      renewing = false;
      if (connection.name !== "idle") rest({ name: "idle" });
      reader.stop();
    },
  };
}
