import { type ChatClient, type ConnectionState, createChatClient } from "@mailoo-chat/widget/client";
import { listStored, postReply, type StoredMessage } from "./server-calls.ts";
import { type Tally, tallyOwner, tallyVisitor } from "./tally.ts";
import { createVisitorWindow } from "./visitor-window.ts";

/** A conversation of numbered messages, each side at a bounded rate and up to a number. */
export interface Run {
  readonly state: RunState;
  setOnline(isOnline: boolean): void;
  /** Ends it, whatever is missing. Idempotent. */
  stop(): void;
}

export interface RunState {
  /** `writing`: both sides write. `settling`: all is written, some is missing. `done`: all has arrived. */
  readonly phase: "writing" | "settling" | "done" | "stopped";
  readonly perSide: number;
  readonly visitor: Tally;
  readonly owner: Tally;
  readonly connection: ConnectionState;
  readonly isOnline: boolean;
  readonly reconnections: number;
}

export interface RunOptions {
  /** The BFF's, through the line that can be cut. */
  readonly baseUrl: string;
  /** Messages of each side. */
  readonly perSide: number;
  readonly onChange: () => void;
}

/** Of each side. */
const WRITE_EVERY_MS = 500;
const LIST_EVERY_MS = 700;

/** With so many of its messages under way, the visitor waits. The client keeps at most 100. */
const MAX_WAITING = 40;

const PREFIX = { visitor: "Visitor's message", owner: "Owner's message" };

export function startRun({ baseUrl, perSide, onChange }: RunOptions): Run {
  const visitorWindow = createVisitorWindow();
  const client = createChatClient({ baseUrl, window: visitorWindow.window });
  const written = { visitor: 0, owner: 0 };
  let stored: readonly StoredMessage[] = [];
  /** What the visitor saw when `stored` was asked for: what was confirmed later may be missing there. */
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
    // As a visitor does, who presses Retry.
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

  /** One after the other, so that their order is known. */
  async function reply(sessionPublicId: string): Promise<void> {
    isReplying = true;
    try {
      await postReply(sessionPublicId, `${PREFIX.owner} ${written.owner + 1}`);
      written.owner++;
    } catch {
      // Whether it is stored is seen in the next listing.
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
      // The next one may succeed.
    } finally {
      isListing = false;
    }
    changed();
  }

  function changed(): void {
    if (phase === "writing" && written.visitor === perSide && written.owner === perSide) phase = "settling";
    const { visitor, owner } = toTallies();
    // Each message was listed, so that a copy of it would have been, too.
    const isComplete = [visitor, owner].every(({ stored, shown }) => stored === perSide && shown === perSide);
    if (phase === "settling" && isComplete) end("done");
    // Such as with a platform that has lost the session: nothing more can arrive.
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

/** What is confirmed, in the order in which it is shown. */
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
