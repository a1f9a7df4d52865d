import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createModelPlatform, type ModelPlatform, type PostFate } from "../../test/support/model-platform.ts";
import type { Clock } from "../lib/clock.ts";
import type { MailooClient } from "../platform/client.ts";
import { MailooError, type MailooFailure } from "../platform/errors.ts";
import { withoutFooter } from "../platform/footer.ts";
import { withLocalRecords } from "./local-records.ts";
import { createMemorySendStore } from "./memory-store.ts";
import { createSendService, type SendService } from "./service.ts";
import type { Lease, SendStore } from "./store.ts";
import { LOST_LEASE_MS } from "./timing.ts";

/*
 * Random conversations against a platform that fails in every way that the protocol allows for, on processes that crash and
 * freeze, in virtual time. Every message is on the platform exactly once, every confirmed one is there, and the order of each
 * tab is kept.
 */

const SESSION = "session-1";

interface Plan {
  readonly tabs: readonly (readonly PlannedMessage[])[];
  readonly fates: readonly PostFate[];
  readonly events: readonly ProcessEvent[];
  /** Round trip to the store. */
  readonly storeMs: number;
  /** How far the platform's clock is ahead of ours. */
  readonly skewMs: number;
  /** Whether the browser sends `after`. */
  readonly sendsAfter: boolean;
}

interface PlannedMessage {
  readonly content: string;
  /** How long the browser waits before it retries, longer each time. Null: as long as it takes. */
  readonly patienceMs: number | null;
  readonly pauseMs: number;
}

interface ProcessEvent {
  readonly atMs: number;
  readonly process: number;
  /** `forget`: the shared store loses its records. */
  readonly kind: "crash" | "freeze" | "forget";
  readonly forMs: number;
}

const ms = (max: number) => fc.integer({ min: 0, max });
const inTime = (max: number) => fc.oneof(fc.constant(0), fc.constant(null), ms(max));

const fate: fc.Arbitrary<PostFate> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("accept"), afterMs: ms(3_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("accept"),
      named: fc.boolean(),
      dated: fc.constant(false),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("fail"),
      failure: fc.constant({ kind: "server-error", status: 500, fromPlatform: true } as const),
      afterMs: ms(2_000),
      commitAfterMs: inTime(1_500),
    }),
  },
  // A gateway times out while the platform is still working.
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("fail"),
      failure: fc.constantFrom<MailooFailure[]>(
        { kind: "server-error", status: 502 },
        { kind: "server-error", status: 503, retryAfterMs: 18_000 },
        { kind: "server-error", status: 504 },
        { kind: "malformed", keysSeen: [] },
      ),
      afterMs: ms(2_000),
      commitAfterMs: inTime(14_900),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("fail"),
      failure: fc.constant({ kind: "no-answer", timedOut: false } as const),
      afterMs: fc.oneof(ms(500), fc.constant(8_000)),
      commitAfterMs: inTime(14_900),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("fail"),
      failure: fc.constantFrom(
        { kind: "unreachable" } as const,
        { kind: "circuit-open", retryAfterMs: 500 } as const,
        { kind: "rate-limited", retryAfterMs: 500 } as const,
      ),
      commitAfterMs: fc.constant(null),
    }),
  },
);

const message: fc.Arbitrary<PlannedMessage> = fc.record({
  content: fc.constantFrom("ok", "ok", "yes", "no"),
  patienceMs: fc.option(fc.integer({ min: 50, max: 12_000 })),
  pauseMs: ms(2_000),
});

const event = (kinds: readonly ProcessEvent["kind"][]): fc.Arbitrary<ProcessEvent> =>
  fc.record({
    atMs: ms(40_000),
    process: fc.nat(1),
    kind: fc.constantFrom(...kinds),
    forMs: fc.integer({ min: 1_000, max: 40_000 }),
  });

const plan = (events: fc.Arbitrary<readonly ProcessEvent[]>): fc.Arbitrary<Plan> =>
  fc.record({
    tabs: fc.array(fc.array(message, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 }),
    fates: fc.array(fate, { maxLength: 20 }),
    events,
    storeMs: fc.oneof(fc.constant(0), ms(400)),
    skewMs: fc.constantFrom(0, -300_000, 300_000),
    sendsAfter: fc.boolean(),
  });

const noEvents = fc.constant([]);
const crashes = fc.array(event(["crash"]), { maxLength: 4 });
const losses = fc.array(event(["forget"]), { minLength: 1, maxLength: 6 });
const crashesAndFreezes = fc.array(event(["crash", "freeze"]), { maxLength: 4 });

const RUNS = Number(process.env.EXACTLY_ONCE_RUNS ?? 150);

describe("exactly once", { timeout: 60_000 + 100 * RUNS }, () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("[DELIVERY-1] on one process, however the platform fails", () =>
    check(plan(noEvents), { processes: 1, records: "own", tabsSendEqualTexts: true }));

  // Without records, equal texts that two tabs send at the same time cannot be told apart.
  it("[DELIVERY-6] on one process that crashes and forgets everything", () =>
    check(plan(crashes), { processes: 1, records: "own", tabsSendEqualTexts: false, crashes: true }));

  it("[DELIVERY-7] on two processes that share their records, crash and freeze", () =>
    check(plan(crashesAndFreezes), { processes: 2, records: "shared", tabsSendEqualTexts: true }, RACES));

  it("[DELIVERY-8] on one process whose shared records are lost at any moment", () =>
    check(plan(losses), { processes: 1, records: "shared", tabsSendEqualTexts: true }));

  // A process cannot tell records that the other has lost from sends that were never recorded.
  it("[DELIVERY-8] on two processes whose shared records are lost at any moment", () =>
    check(plan(losses), { processes: 2, records: "shared", tabsSendEqualTexts: false }, LOSSES));
});

async function check(
  plans: fc.Arbitrary<Plan>,
  setting: Setting,
  examples: readonly Plan[] = [],
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(plans, (chosen) => runConversation(chosen, setting)),
    { numRuns: RUNS + examples.length, examples: examples.map((example) => [example]) },
  );
}

const ok = (patienceMs: number | null, pauseMs = 0): PlannedMessage => ({
  content: "ok",
  patienceMs,
  pauseMs,
});
const calm = { storeMs: 0, skewMs: 0, sendsAfter: true } as const;

/** Conversations in which two workers once took one message for two sends. */
const RACES: readonly Plan[] = [
  // A worker finds another send's message while the holder of the lease posts.
  {
    ...calm,
    tabs: [
      [ok(null), ok(null)],
      [ok(50, 648), ok(null)],
    ],
    fates: [
      { kind: "fail", failure: { kind: "no-answer", timedOut: false }, afterMs: 8_000, commitAfterMs: 0 },
    ],
    events: [{ atMs: 5_305, process: 1, kind: "crash", forMs: 1_000 }],
    storeMs: 304,
  },
  // The holder of a lost lease wakes up with an answer, after another send has found its message.
  {
    ...calm,
    tabs: [[ok(null)], [ok(null)]],
    fates: [
      { kind: "accept", afterMs: 1 },
      {
        kind: "fail",
        failure: { kind: "server-error", status: 500, fromPlatform: true },
        afterMs: 0,
        commitAfterMs: null,
      },
    ],
    events: [{ atMs: 103, process: 1, kind: "freeze", forMs: 15_202 }],
    storeMs: 102,
  },
  // The holder of a lost lease finds the message of the next holder before that has its answer.
  {
    ...calm,
    tabs: [[ok(50)], [ok(null)]],
    fates: [
      { kind: "fail", failure: { kind: "server-error", status: 502 }, afterMs: 0, commitAfterMs: null },
      { kind: "accept", afterMs: 6 },
    ],
    events: [{ atMs: 246, process: 1, kind: "freeze", forMs: 14_757 }],
  },
  // The store is as young as the sends, and slow. Neither has lost a record.
  {
    ...calm,
    tabs: [[ok(null)], [ok(null)]],
    fates: [{ kind: "accept", named: false, dated: false }],
    events: [],
    storeMs: 210,
  },
];

interface Setting {
  readonly processes: number;
  readonly records: "own" | "shared";
  readonly tabsSendEqualTexts: boolean;
  readonly crashes?: true;
}

/** Conversations in which a send counted as new after its record was lost. */
const LOSSES: readonly Plan[] = [
  // A process has waited with its first attempt while the other one posted a later attempt.
  {
    ...calm,
    tabs: [[ok(null)], [ok(50), ok(50)]],
    fates: [
      { kind: "fail", failure: { kind: "no-answer", timedOut: false }, afterMs: 8_000, commitAfterMs: null },
    ],
    events: [
      { atMs: 22_721, process: 0, kind: "forget", forMs: 1_000 },
      { atMs: 2_484, process: 0, kind: "forget", forMs: 1_000 },
    ],
    storeMs: 184,
  },
  // A first attempt has waited behind another send while the other process posted its second attempt.
  {
    ...calm,
    tabs: [[ok(50), ok(null)], [ok(null)], [ok(50, 751), ok(null)]],
    fates: [
      { kind: "fail", failure: { kind: "no-answer", timedOut: false }, afterMs: 8_000, commitAfterMs: 0 },
    ],
    events: [
      { atMs: 19_505, process: 0, kind: "forget", forMs: 1_000 },
      { atMs: 0, process: 0, kind: "forget", forMs: 1_000 },
    ],
  },
];

async function runConversation(chosen: Plan, setting: Setting): Promise<void> {
  const platform = createModelPlatform(chosen.skewMs);
  platform.say(SESSION, "ok");
  platform.plan(...chosen.fates);
  const world = startProcesses(platform, setting, chosen.storeMs);
  for (const { atMs, process, kind, forMs } of chosen.events) {
    setTimeout(() => world.disturb(process, kind, forMs), atMs);
  }

  const textOf = (tab: number, content: string) =>
    setting.tabsSendEqualTexts ? content : `${content} ${tab}`;
  // Without `after` only one tab on one process that does not crash is exactly once.
  const sendsAfter =
    chosen.sendsAfter || setting.processes > 1 || chosen.tabs.length > 1 || setting.crashes === true;
  // What the tabs share in storage.
  const shared = { newestOwnId: "m1", turn: 0 };
  const confirmed = chosen.tabs.map((): string[] => []);
  const tabs = chosen.tabs.map(async (messages, tab) => {
    for (const [index, { content, patienceMs, pauseMs }] of messages.entries()) {
      const text = textOf(tab, content);
      await wait(pauseMs);
      const after = sendsAfter ? shared.newestOwnId : null;
      for (let attempt = 1; ; attempt += 1) {
        shared.turn += 1;
        const submit = world.service(shared.turn % setting.processes).submit({
          scope: { kind: "session", sessionPublicId: SESSION },
          clientMessageId: `t${tab}-${index}`,
          attempt,
          after,
          content: text,
          origin: "https://shop.example",
          sender: null,
          // The page may have changed between two attempts.
          context: [{ label: "Page", value: `/${shared.turn}` }],
        });
        const outcome = await Promise.race([
          submit.catch(() => null),
          // A crashed process never answers.
          wait(patienceMs === null ? 25_000 : patienceMs * attempt).then(() => null),
        ]);
        if (outcome) {
          expect(outcome.message.content).toBe(text);
          shared.newestOwnId = laterOf(platform, shared.newestOwnId, outcome.message.id);
          confirmed[tab]?.push(outcome.message.id);
          break;
        }
        await wait(700);
      }
    }
  });

  let done = false;
  const all = Promise.all(tabs).then(() => {
    done = true;
  });
  const deadlineMs = Date.now() + 15 * 60_000;
  while (!done && Date.now() < deadlineMs) await vi.advanceTimersByTimeAsync(250);
  expect(done, "every message is delivered in the end").toBe(true);
  await all;
  await vi.advanceTimersByTimeAsync(20_000);
  world.stop();
  vi.clearAllTimers();

  const history = (platform.sessions.get(SESSION) ?? []).slice(1);
  const wanted = chosen.tabs.flatMap((messages, tab) => messages.map(({ content }) => textOf(tab, content)));
  expect(history.map(({ content }) => withoutFooter(content)).toSorted()).toEqual(wanted.toSorted());
  expect(new Set(confirmed.flat()).size).toBe(wanted.length);
  for (const [tab, ids] of confirmed.entries()) {
    const positions = ids.map((id) => history.findIndex((listed) => listed.id === id));
    // Sends with equal texts may find each other's message.
    if (!setting.tabsSendEqualTexts)
      expect(positions, "in the order of the tab").toEqual(positions.toSorted((a, b) => a - b));
    expect(positions).not.toContain(-1);
    expect(ids).toHaveLength(chosen.tabs[tab]?.length ?? 0);
  }
}

function laterOf(platform: ModelPlatform, ...ids: readonly string[]): string {
  const listed = (platform.sessions.get(SESSION) ?? []).map(({ id }) => id);
  return listed.findLast((id) => ids.includes(id)) ?? "";
}

function startProcesses(platform: ModelPlatform, { processes, records }: Setting, storeMs: number) {
  const clock = { epochMs: () => Date.now(), steadyMs: () => Date.now() };
  const shared = createForgetfulStore(clock);

  function startProcess() {
    const process = createProcess(storeMs);
    const store =
      records === "shared"
        ? withLocalRecords(process.wrapStore(shared.store), clock)
        : process.wrapStore(createMemorySendStore({ clock }));
    const service = createSendService({ client: process.wrapClient(platform.client), store, clock });
    return { process, service };
  }

  const running = Array.from({ length: processes }, startProcess);
  return {
    service(index: number): SendService {
      const { service } = running[index] ?? startProcess();
      return service;
    },
    disturb(index: number, kind: ProcessEvent["kind"], forMs: number) {
      const disturbed = running[index];
      if (kind === "forget") shared.forget();
      else if (kind === "freeze") disturbed?.process.freeze(forMs);
      else {
        disturbed?.process.crash();
        running[index] = startProcess();
      }
    },
    stop() {
      for (const { process } of running) process.crash();
    },
  };
}

/** Shared records that can be lost, as on a Redis without persistence. */
function createForgetfulStore(clock: Clock) {
  let losses = 0;
  let store = createMemorySendStore({ clock });
  // The fences of the next store begin at 1, but those on Redis go on.
  const outward = (lease: Lease): Lease => ({ ...lease, fence: lease.fence + losses * 1e6 });
  const inward = (lease: Lease): Lease => ({ ...lease, fence: lease.fence - losses * 1e6 });
  const forgetful: SendStore = {
    async claim(request) {
      const verdict = await store.claim(request);
      return verdict.kind === "claimed" ? { ...verdict, lease: outward(verdict.lease) } : verdict;
    },
    has: (scope, id) => store.has(scope, id),
    renew: (lease) => store.renew(inward(lease)),
    settle: (lease, settlement) => store.settle(inward(lease), settlement),
    adopt: (scope, sent, how) => store.adopt(scope, sent, how),
    claims: (scope, ids) => store.claims(scope, ids),
    forgetSession: (scope, sealed) => store.forgetSession(scope, sealed),
    async coveredForMs() {
      const coveredForMs = await store.coveredForMs();
      return coveredForMs === null ? null : coveredForMs - LOST_LEASE_MS;
    },
  };
  return {
    store: forgetful,
    forget() {
      losses += 1;
      store = createMemorySendStore({ clock });
    },
  };
}

/** A process as seen from outside: what it does while it is frozen happens later, or never. */
function createProcess(storeMs: number) {
  let crashed = false;
  let frozenUntilMs = 0;
  const never = new Promise<never>(() => {});

  async function thaw(): Promise<void> {
    while (Date.now() < frozenUntilMs) await wait(frozenUntilMs - Date.now());
  }

  async function held<T>(work: () => Promise<T>): Promise<T> {
    await thaw();
    if (crashed) return never;
    const [result] = await Promise.allSettled([work()]);
    await thaw();
    if (crashed) return never;
    if (result.status === "rejected") throw result.reason;
    return result.value;
  }

  return {
    crash() {
      crashed = true;
    },
    freeze(forMs: number) {
      frozenUntilMs = Math.max(frozenUntilMs, Date.now() + forMs);
    },
    wrapClient(client: MailooClient): MailooClient {
      return {
        ...client,
        list: (query, signal) => held(() => client.list(query, signal)),
        async send(outgoing, signal) {
          // A frozen process cannot begin a request; unlike these timers, its own are frozen too.
          if (Date.now() < frozenUntilMs) {
            await thaw();
            throw new MailooError({ kind: "unreachable" });
          }
          return held(() => client.send(outgoing, signal));
        },
      };
    },
    wrapStore(store: SendStore): SendStore {
      const remote = <T>(work: () => Promise<T>) =>
        held(async () => {
          await wait(storeMs / 2);
          const result = await work();
          await wait(storeMs / 2);
          return result;
        });
      return {
        claim: (request) => remote(() => store.claim(request)),
        has: (scope, id) => remote(() => store.has(scope, id)),
        renew: (lease) => remote(() => store.renew(lease)),
        settle: (lease, settlement) => remote(() => store.settle(lease, settlement)),
        adopt: (scope, sent, how) => remote(() => store.adopt(scope, sent, how)),
        claims: (scope, ids) => remote(() => store.claims(scope, ids)),
        forgetSession: (scope, sealed) => remote(() => store.forgetSession(scope, sealed)),
        coveredForMs: () => remote(store.coveredForMs),
      };
    },
  };
}

function wait(forMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, forMs));
}
