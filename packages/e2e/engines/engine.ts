/** A browser engine and how to drive it on this machine. */
export interface Engine {
  readonly name: "Blink" | "Gecko" | "WebKit";
  /** The missing requirement of this machine; null if the engine can be tested. */
  missing(): string | null;
  /** A new browser with one empty page. Only if nothing is missing. */
  start(): Promise<EngineSession>;
}

/** Disposing of it ends the browser. */
export interface EngineSession extends AsyncDisposable {
  readonly page: EnginePage;
}

/** The operations that every driver supports. */
export interface EnginePage {
  /** Resolves when the page has loaded. */
  open(url: string): Promise<void>;
  reload(): Promise<void>;
  /** Runs a function in the page. It is sent as text, so it may only use its arguments. */
  evaluate<Args extends readonly (string | number | boolean)[], Result>(
    action: (...args: Args) => Result,
    ...args: Args
  ): Promise<Result>;
  /** A click of the mouse, in pixels from the page's top left corner. */
  click(x: number, y: number): Promise<void>;
  /** Types into the focused element. */
  type(text: string): Promise<void>;
  press(key: "Enter" | "Escape"): Promise<void>;
}
