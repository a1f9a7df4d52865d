import type { TransportName } from "./chat-client.ts";
import {
  type ConnectionEffect,
  type ConnectionEvent,
  INITIAL_MACHINE,
  transition,
} from "./connection-machine.ts";
import type { Platform } from "./platform.ts";
import type { Dialled, TransportSignal } from "./transport.ts";

export interface ConnectionDriver {
  send(event: ConnectionEvent): void;
}

/** Runs what the machine decides. Holds no rule but one: what an old dial says is not heard. */
export function createConnectionDriver(
  platform: Platform,
  dial: (transport: TransportName, tell: (signal: TransportSignal) => void) => Dialled,
  check: (failed: () => void) => void,
  onChange: (connection: typeof INITIAL_MACHINE.connection) => void,
): ConnectionDriver {
  const dialled = new Map<number, Dialled>();
  let machine = INITIAL_MACHINE;
  let stopTimer = () => {};

  function send(event: ConnectionEvent): void {
    const before = machine.connection;
    const [next, effects] = transition(machine, event, platform.random());
    machine = next;
    effects.forEach(run);
    if (machine === next && next.connection !== before) onChange(next.connection);
  }

  function run(effect: ConnectionEffect): void {
    switch (effect.type) {
      case "dial": {
        const tell = (signal: TransportSignal) => {
          if (!dialled.has(effect.dial)) return;
          send(signal.type === "ended" ? signal : { ...signal, dial: effect.dial });
        };
        dialled.set(effect.dial, dial(effect.transport, tell));
        return;
      }
      case "hang-up":
        dialled.get(effect.dial)?.close();
        dialled.delete(effect.dial);
        return;
      case "timer":
        stopTimer();
        if (effect.inMs !== null) stopTimer = platform.setTimer(() => send({ type: "due" }), effect.inMs);
        return;
      case "check": {
        const { main } = machine;
        check(() => send({ type: "lost", dial: main, cause: "silence" }));
      }
    }
  }

  return { send };
}
