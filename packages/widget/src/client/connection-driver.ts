import type { ConnectionState, TransportName } from "./chat-client.ts";
import {
  type ConnectionEvent,
  INITIAL_MACHINE,
  type TransportSignal,
  transition,
} from "./connection-machine.ts";
import type { Page } from "./platform.ts";
import type { Dialled } from "./transport.ts";

/** Takes an event; the machine decides, and the decision is run. */
export type ConnectionDriver = (event: ConnectionEvent) => void;

/** Runs what the machine decides. Holds no rule but one: what an old dial says is not heard. */
export function createConnectionDriver(
  { startTimer }: Page,
  dial: (transport: TransportName, tell: (signal: TransportSignal) => void) => Dialled,
  check: (failed: () => void) => void,
  onChange: (connection: ConnectionState) => void,
): ConnectionDriver {
  const dialled = new Map<number, Dialled>();
  let machine = INITIAL_MACHINE;
  let stopTimer = () => {};

  const send: ConnectionDriver = (event) => {
    const { connection } = machine;
    const [next, effects] = transition(machine, event, Math.random());
    machine = next;
    const { dials, main, probe } = next;
    for (const [number, old] of dialled) {
      if (number === main || number === probe) continue;
      dialled.delete(number);
      old.close();
    }
    if (effects.timerMs !== undefined) stopTimer();
    if (effects.timerMs != null) stopTimer = startTimer(() => send({ type: "due" }), effects.timerMs);
    if (effects.dial)
      dialled.set(
        dials,
        dial(effects.dial, (signal) => send({ ...signal, dial: dials })),
      );
    if (effects.check) check(() => send({ type: "lost", cause: "silence", dial: main }));
    if (next.connection !== connection) onChange(next.connection);
  };
  return send;
}
