import { useEffect, useReducer, useRef, useState } from "preact/hooks";
import type { LegsReport } from "../legs.ts";
import { LegPanel } from "./leg-panel.tsx";
import { type Run, type RunState, startRun } from "./run.ts";
import { fetchLegs, fetchSetup } from "./server-calls.ts";
import { TallyTable } from "./tally-table.tsx";

const LEGS_EVERY_MS = 500;
const DEFAULT_PER_SIDE = 60;
const MAX_PER_SIDE = 200;

export function App() {
  const [, render] = useReducer<number, void>((count) => count + 1, 0);
  const run = useRef<Run | null>(null);
  const [perSide, setPerSide] = useState(DEFAULT_PER_SIDE);
  const [report, setReport] = useState<LegsReport | null>(null);
  const [trouble, setTrouble] = useState("");
  const state = run.current?.state ?? null;
  const isRunning = state?.phase === "writing" || state?.phase === "settling";

  /** Shows an error if an action fails; the page continues to work. */
  function attempt(work: Promise<LegsReport>): void {
    work.then(
      (next) => {
        setReport(next);
        setTrouble("");
      },
      () => setTrouble("The demo does not answer. If it has ended, start it again and reload this page."),
    );
  }

  useEffect(() => {
    attempt(fetchLegs());
    const timer = setInterval(() => attempt(fetchLegs()), LEGS_EVERY_MS);
    return () => {
      clearInterval(timer);
      run.current?.stop();
    };
  }, []);

  async function start(): Promise<void> {
    run.current?.stop();
    try {
      const { baseUrl } = await fetchSetup();
      run.current = startRun({
        baseUrl,
        perSide: Math.min(Math.max(perSide, 1), MAX_PER_SIDE),
        onChange: render,
      });
      render();
    } catch {
      setTrouble("The demo does not answer.");
    }
  }

  return (
    <main>
      <h1>Pull the plug</h1>
      <p class="lead">
        A visitor and an owner write numbered messages to each other. Cut, mute and restart what is between
        them: every message arrives once, in order.
      </p>
      <form
        class="controls"
        onSubmit={(event) => {
          event.preventDefault();
          void start();
        }}
      >
        <label>
          Messages of each side
          <input
            type="number"
            min={1}
            max={MAX_PER_SIDE}
            required
            disabled={isRunning}
            value={perSide}
            onInput={(event) => setPerSide(event.currentTarget.valueAsNumber || 0)}
          />
        </label>
        {isRunning ? (
          <button type="button" key="stop" onClick={() => run.current?.stop()}>
            Stop
          </button>
        ) : (
          <button type="submit" key="start" class="primary">
            Start
          </button>
        )}
        <p role="status" class="verdict" data-phase={state?.phase}>
          {state === null ? "Not started" : toVerdict(state)}
        </p>
      </form>
      {trouble !== "" && (
        <p class="trouble" role="alert">
          {trouble}
        </p>
      )}
      <TallyTable state={state} />
      <LegPanel
        report={report}
        isOnline={state?.isOnline ?? true}
        canGoOffline={isRunning}
        onOnline={(isOnline) => run.current?.setOnline(isOnline)}
        onCall={attempt}
      />
    </main>
  );
}

/** Announced by screen readers, so it changes only with the phase. */
function toVerdict({ phase, perSide, visitor, owner }: RunState): string {
  const lost = visitor.lost + owner.lost;
  const doubled = visitor.doubled + owner.doubled;
  const outOfOrder = visitor.outOfOrder + owner.outOfOrder;
  switch (phase) {
    case "writing":
      return "Both sides are writing";
    case "settling":
      return "All is written. With all legs up, the rest arrives";
    case "done":
      return `${2 * perSide} messages arrived: ${lost} lost, ${doubled} doubled, ${outOfOrder} out of order`;
    case "stopped":
      return "Stopped";
  }
}
