import type { RunState } from "./run.ts";
import type { Tally } from "./tally.ts";

const NOTHING: Tally = { sent: 0, stored: 0, shown: 0, missing: 0, lost: 0, doubled: 0, outOfOrder: 0 };

const LABELS: Readonly<Record<keyof Tally, string>> = {
  sent: "Sent",
  stored: "On the platform",
  shown: "Seen by the visitor",
  missing: "Missing now",
  lost: "Lost",
  doubled: "Doubled",
  outOfOrder: "Out of order",
};

const NAMES = Object.keys(LABELS) as (keyof Tally)[]; // of that very object

/** Counts that must stay zero. */
const FORBIDDEN = ["lost", "doubled", "outOfOrder"];

const TRANSPORTS = { socket: "WebSocket", "long-poll": "long poll", poll: "polls" };

export function TallyTable({ state }: { readonly state: RunState | null }) {
  const sides = [state?.visitor ?? NOTHING, state?.owner ?? NOTHING];
  return (
    <section class="card" aria-labelledby="messages">
      <h2 id="messages">Messages</h2>
      <table>
        <thead>
          <tr>
            <td />
            <th scope="col">Visitor’s</th>
            <th scope="col">Owner’s</th>
          </tr>
        </thead>
        <tbody>
          {NAMES.map((name) => (
            <tr key={name}>
              <th scope="row">{LABELS[name]}</th>
              {sides.map((tally, side) => (
                <td key={side} data-count={name} data-bad={FORBIDDEN.includes(name) && tally[name] > 0}>
                  {tally[name]}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <dl>
        <div>
          <dt>The visitor’s connection</dt>
          <dd data-connection={state?.connection.name ?? "idle"}>{toConnection(state)}</dd>
        </div>
        <div>
          <dt>Reconnections</dt>
          <dd data-count="reconnections">{state?.reconnections ?? 0}</dd>
        </div>
      </dl>
    </section>
  );
}

function toConnection(state: RunState | null): string {
  if (state === null) return "none yet";
  const { connection, phase } = state;
  if (phase === "done" || (phase === "stopped" && connection.name !== "ended")) return "closed";
  switch (connection.name) {
    case "idle":
      return "none yet";
    case "connecting":
      return `connecting by ${TRANSPORTS[connection.transport]}, attempt ${connection.attempt + 1}`;
    case "online":
      return `online by ${TRANSPORTS[connection.transport]}`;
    case "waiting":
      return `waiting to try again (${connection.cause})`;
    case "offline":
      return "offline";
    case "ended":
      return `ended (${connection.reason})`;
  }
}
