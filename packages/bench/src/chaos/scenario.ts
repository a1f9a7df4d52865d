/** What a scenario found. */
export interface ScenarioResult {
  readonly scenario: string;
  readonly figures: Readonly<Record<string, number | string>>;
  /** What should not have happened, a sentence each; none where the promise was kept. */
  readonly broken: readonly string[];
}

export interface ScenarioOptions {
  /** A smaller run of the same, for the test command. */
  readonly short: boolean;
}

/** The site that all visitors are on. */
export const ORIGIN = "http://localhost:5173";

/** Lifts the budget towards the platform, which a sandbox on the same machine has no use for. */
export const NO_BUDGET = {
  MAILOO_CHAT_LIMIT_UPSTREAM_SENDS: "0",
  MAILOO_CHAT_LIMIT_UPSTREAM_READS: "0",
};
