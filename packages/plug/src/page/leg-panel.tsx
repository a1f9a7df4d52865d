import type { ComponentChildren } from "preact";
import { HEALED, type Legs, type LegsReport } from "../legs.ts";
import { changeLegs, healLegs, runLegAction } from "./server-calls.ts";

interface LegPanelProps {
  /** Null until the server has answered. */
  readonly report: LegsReport | null;
  /** Whether the visitor's page is online. */
  readonly isOnline: boolean;
  readonly canGoOffline: boolean;
  readonly onOnline: (isOnline: boolean) => void;
  readonly onCall: (call: Promise<LegsReport>) => void;
}

const BFF_STATES = { running: "running", stopping: "is being stopped", starting: "is starting" };

/** One card per leg, in the order of a message's path. */
export function LegPanel({ report, isOnline, canGoOffline, onOnline, onCall }: LegPanelProps) {
  const legs = report?.legs ?? HEALED;
  const bff = report?.bff ?? "starting";
  const change = (patch: Partial<Legs>) => onCall(changeLegs(patch));
  const faults = toFaults(legs, isOnline);

  function heal(): void {
    onOnline(true);
    onCall(healLegs());
  }

  return (
    <section aria-labelledby="legs">
      <div class="legs-header">
        <h2 id="legs">Legs</h2>
        <p role="status">
          {faults === 0 ? "All legs are up" : `${faults} ${faults === 1 ? "fault" : "faults"}`}
        </p>
        <button type="button" class="primary" onClick={heal}>
          Heal all
        </button>
      </div>
      <ol class="legs">
        <Leg title="Browser ↔ BFF" isFaulty={legs.line !== "ok" || !isOnline}>
          <button type="button" onClick={() => onCall(runLegAction("cut"))}>
            Cut the connections
          </button>
          <LineSwitch legs={legs} fault="refuse" onChange={change}>
            Refuse connections
          </LineSwitch>
          <LineSwitch legs={legs} fault="mute" onChange={change}>
            Hold all bytes back
          </LineSwitch>
          <LineSwitch legs={legs} fault="no-sockets" onChange={change}>
            Refuse WebSockets
          </LineSwitch>
          <Switch isOn={!isOnline} isDisabled={!canGoOffline} onToggle={(isOn) => onOnline(!isOn)}>
            Page offline
          </Switch>
        </Leg>
        <Leg title="BFF" isFaulty={bff !== "running"}>
          <p class="state">{BFF_STATES[bff]}</p>
          <button type="button" disabled={bff !== "running"} onClick={() => onCall(runLegAction("restart"))}>
            Restart
          </button>
          <button type="button" disabled={bff !== "running"} onClick={() => onCall(runLegAction("kill"))}>
            Kill, and start again
          </button>
        </Leg>
        <Leg title="BFF ↔ platform: socket" isFaulty={legs.sockets !== "ok"}>
          <button type="button" onClick={() => onCall(runLegAction("drop"))}>
            Drop the sockets
          </button>
          <Switch
            isOn={legs.sockets === "refuse"}
            onToggle={(isOn) => change({ sockets: isOn ? "refuse" : "ok" })}
          >
            Refuse sockets
          </Switch>
          <Switch
            isOn={legs.sockets === "mute"}
            onToggle={(isOn) => change({ sockets: isOn ? "mute" : "ok" })}
          >
            Mute sockets
          </Switch>
        </Leg>
        <Leg
          title="BFF ↔ platform: requests"
          isFaulty={legs.slow || legs.errors || legs.acceptThenFail || legs.acceptThenReset}
        >
          <Switch isOn={legs.slow} onToggle={(slow) => change({ slow })}>
            Late answers
          </Switch>
          <Switch isOn={legs.errors} onToggle={(errors) => change({ errors })}>
            Errors, half of the time
          </Switch>
          <Switch isOn={legs.acceptThenFail} onToggle={(acceptThenFail) => change({ acceptThenFail })}>
            Store, then answer an error
          </Switch>
          <Switch isOn={legs.acceptThenReset} onToggle={(acceptThenReset) => change({ acceptThenReset })}>
            Store, then reset
          </Switch>
        </Leg>
      </ol>
    </section>
  );
}

interface LegProps {
  readonly title: string;
  readonly isFaulty: boolean;
  readonly children: ComponentChildren;
}

function Leg({ title, isFaulty, children }: LegProps) {
  return (
    <li class="card leg" data-faulty={isFaulty}>
      <h3>
        {title}
        <span class="visually-hidden">{isFaulty ? ", faulty" : ", up"}</span>
      </h3>
      {children}
    </li>
  );
}

interface SwitchProps {
  readonly isOn: boolean;
  readonly isDisabled?: boolean;
  readonly onToggle: (isOn: boolean) => void;
  readonly children: ComponentChildren;
}

function Switch({ isOn, isDisabled = false, onToggle, children }: SwitchProps) {
  return (
    <button type="button" aria-pressed={isOn} disabled={isDisabled} onClick={() => onToggle(!isOn)}>
      {children}
    </button>
  );
}

interface LineSwitchProps {
  readonly legs: Legs;
  readonly fault: Exclude<Legs["line"], "ok">;
  readonly onChange: (patch: Partial<Legs>) => void;
  readonly children: ComponentChildren;
}

/** A leg has at most one fault at a time. */
function LineSwitch({ legs, fault, onChange, children }: LineSwitchProps) {
  return (
    <Switch isOn={legs.line === fault} onToggle={(isOn) => onChange({ line: isOn ? fault : "ok" })}>
      {children}
    </Switch>
  );
}

function toFaults(legs: Legs, isOnline: boolean): number {
  const names = Object.keys(HEALED) as (keyof Legs)[]; // of that very object
  return names.filter((name) => legs[name] !== HEALED[name]).length + (isOnline ? 0 : 1);
}
