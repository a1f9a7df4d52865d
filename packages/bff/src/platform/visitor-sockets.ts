import { createHeartbeatWheel } from "../lib/heartbeat.ts";
import type { SessionRef, VisitorSocket, VisitorSocketListener } from "./client.ts";
import { type VisitorSocketDeps, VisitorSocketLine } from "./visitor-socket.ts";

/** All visitor sockets of a client, kept alive by one timer. */
export interface VisitorSockets {
  open(session: SessionRef, listener: VisitorSocketListener): VisitorSocket;
  /** Ends all; no listener is called. */
  close(): void;
}

export interface VisitorSocketsOptions extends Omit<VisitorSocketDeps, "onGone"> {
  readonly pingEveryMs: number;
}

export function createVisitorSockets({ pingEveryMs, ...deps }: VisitorSocketsOptions): VisitorSockets {
  const lines = new Set<VisitorSocketLine>();
  const heartbeats = createHeartbeatWheel<VisitorSocketLine>(pingEveryMs, (line) => line.beat());
  const shared: VisitorSocketDeps = {
    ...deps,
    onGone(line) {
      lines.delete(line);
      heartbeats.remove(line);
    },
  };

  return {
    open(session, listener) {
      const line = new VisitorSocketLine(session, listener, shared);
      lines.add(line);
      heartbeats.add(line);
      return line;
    },
    close() {
      heartbeats.stop();
      for (const line of [...lines]) line.close();
    },
  };
}
