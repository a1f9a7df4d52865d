/** One of the families that all of today's browsers belong to, and how this machine can be made to drive it. */
export interface Engine {
  readonly name: "Blink" | "Gecko" | "WebKit";
  /** What this machine lacks for it; null where it can be tried. */
  missing(): string | null;
  /** A fresh browser with one empty page. Only where nothing is missing. */
  start(): Promise<EngineSession>;
}

/** Disposing of it ends the browser. */
export interface EngineSession extends AsyncDisposable {
  readonly page: EnginePage;
}

/** The little that every driver can do, by the hands of a visitor. */
export interface EnginePage {
  /** Resolves when the page has loaded. */
  open(url: string): Promise<void>;
  reload(): Promise<void>;
  /** Runs a function in the page. It is sent as text: it may use its arguments, and nothing else from here. */
  evaluate<Args extends readonly (string | number | boolean)[], Result>(
    action: (...args: Args) => Result,
    ...args: Args
  ): Promise<Result>;
  /** A click of the mouse, in pixels from the page's top left corner. */
  click(x: number, y: number): Promise<void>;
  /** Types into whatever has the focus. */
  type(text: string): Promise<void>;
  press(key: "Enter" | "Escape"): Promise<void>;
}
