import { type ChatClient, type ConnectionState, createChatClient } from "@mailoo-chat/widget/client";
import { listStored, postReply, type StoredMessage } from "./server-calls.ts";
import { type Tally, tallyOwner, tallyVisitor } from "./tally.ts";
import { createVisitorWindow } from "./visitor-window.ts";

/** A conversation of numbered messages, with a rate and a maximum for each side. */
export interface Run {
  readonly state: RunState;
  setOnline(isOnline: boolean): void;
  /** Ends the run even if messages are missing. Idempotent. */
  stop(): void;
}

export interface RunState {
  /** `writing`: both sides write. `settling`: everything is written, some messages are missing. `done`: all have arrived. */
  readonly phase: "writing" | "settling" | "done" | "stopped";
  readonly perSide: number;
  readonly visitor: Tally;
  readonly owner: Tally;
  readonly connection: ConnectionState;
  readonly isOnline: boolean;
  readonly reconnections: number;
}

export interface RunOptions {
  /** The BFF's base URL, through the connection that can be cut. */
  readonly baseUrl: string;
  /** The number of messages per side. */
  readonly perSide: number;
  readonly onChange: () => void;
}

/** Per side. */
const WRITE_EVERY_MS = 500;
const LIST_EVERY_MS = 700;

/** The visitor pauses at this number of unsent messages. The client's outbox holds at most 100. */
const MAX_WAITING = 40;

const PREFIX = { visitor: "Visitor's message", owner: "Owner's message" };

export function startRun({ baseUrl, perSide, onChange }: RunOptions): Run {
  const visitorWindow = createVisitorWindow();
  const client = createChatClient({ baseUrl, window: visitorWindow.window });
  const written = { visitor: 0, owner: 0 };
  let stored: readonly StoredMessage[] = [];
  /** What the visitor saw when `stored` was requested: messages confirmed later may be missing from it. */
  let seenBefore: readonly number[] = [];
  const retried = new Set<number>();
  let isReplying = false;
  let isListing = false;
  let connections = 0;
  let wasConnected = false;
  let isOnline = true;
  let phase: RunState["phase"] = "writing";

  const unsubscribe = client.subscribe(({ connection }) => {
    const isConnected = connection.name === "online";
    if (isConnected && !wasConnected) connections++;
    wasConnected = isConnected;
    changed();
  });
  const timers = [setInterval(write, WRITE_EVERY_MS), setInterval(list, LIST_EVERY_MS)];
  client.open();
  write();

  function write(): void {
    if (phase !== "writing" && phase !== "settling") return;
    const { sessionPublicId, timeline } = client.state;
    // Acts like a visitor who presses Retry.
    for (const { state, id, content } of timeline) {
      if (state !== "failed") continue;
      retried.add(numberOf(content));
      client.retry(id);
    }
    const waiting = timeline.filter(({ state }) => state !== "sent").length;
    // The first message opens the session: the next ones wait for it.
    const mayWrite = written.visitor === 0 || (sessionPublicId !== null && waiting < MAX_WAITING);
    if (written.visitor < perSide && mayWrite) {
      written.visitor++;
      client.send(`${PREFIX.visitor} ${written.visitor}`).catch(() => {});
    }
    if (written.owner < perSide && sessionPublicId !== null && !isReplying) void reply(sessionPublicId);
    changed();
  }

  /** Posts one reply at a time, so that their order is known. */
  async function reply(sessionPublicId: string): Promise<void> {
    isReplying = true;
    try {
      await postReply(sessionPublicId, `${PREFIX.owner} ${written.owner + 1}`);
      written.owner++;
    } catch {
      // The next listing shows whether it was stored.
      await list();
      written.owner = Math.max(written.owner, ...numbersOf(stored, "OWNER"));
    } finally {
      isReplying = false;
    }
    changed();
  }

  async function list(): Promise<void> {
    const { sessionPublicId } = client.state;
    if (sessionPublicId === null || isListing) return;
    isListing = true;
    try {
      const before = shownOf(client, "visitor");
      stored = await listStored(sessionPublicId);
      seenBefore = before;
    } catch {
      // The next attempt may succeed.
    } finally {
      isListing = false;
    }
    changed();
  }

  function changed(): void {
    if (phase === "writing" && written.visitor === perSide && written.owner === perSide) phase = "settling";
    const { visitor, owner } = toTallies();
    // Complete means that every message was listed, so a copy would have been listed, too.
    const isComplete = [visitor, owner].every(({ stored, shown }) => stored === perSide && shown === perSide);
    if (phase === "settling" && isComplete) end("done");
    // Nothing more can arrive, for example because the platform has lost the session.
    if (client.state.connection.name === "ended") end("stopped");
    onChange();
  }

  function toTallies(): Pick<RunState, "visitor" | "owner"> {
    const visitor = tallyVisitor({
      sent: written.visitor,
      stored: numbersOf(stored, "VISITOR"),
      shown: seenBefore,
      retried,
    });
    const owner = tallyOwner({
      sent: written.owner,
      stored: numbersOf(stored, "OWNER"),
      shown: shownOf(client, "owner"),
    });
    return { visitor, owner };
  }

  function end(how: "done" | "stopped"): void {
    if (phase === "done" || phase === "stopped") return;
    phase = how;
    isOnline = true;
    for (const timer of timers) clearInterval(timer);
    unsubscribe();
    client.close();
  }

  return {
    get state() {
      return {
        phase,
        perSide,
        ...toTallies(),
        connection: client.state.connection,
        isOnline,
        reconnections: Math.max(0, connections - 1),
      };
    },
    setOnline(next) {
      isOnline = next;
      visitorWindow.setOnline(next);
      onChange();
    },
    stop() {
      end("stopped");
      onChange();
    },
  };
}

/** The confirmed messages, in display order. */
function shownOf(client: ChatClient, author: "visitor" | "owner"): readonly number[] {
  const entries = client.state.timeline.filter((entry) => entry.author === author && entry.state === "sent");
  return entries.map(({ content }) => numberOf(content));
}

function numbersOf(stored: readonly StoredMessage[], side: StoredMessage["senderType"]): readonly number[] {
  return stored.filter(({ senderType }) => senderType === side).map(({ content }) => numberOf(content));
}

function numberOf(content: string): number {
  return Number(/\d+$/.exec(content)?.[0] ?? 0);
}
