import { vi } from "vitest";
import type { ChatClient } from "../../src/client/chat-client.ts";
import { type ChatClientOptions, createChatClient } from "../../src/client/create-client.ts";
import * as recallSession from "../../src/client/recall-session.ts";
import * as storedLock from "../../src/client/tabs/stored-lock.ts";
import { BASE_URL, createFakeBff, type FakeBff } from "./fake-bff.ts";
import { createFakeBrowser, type FakeBrowser, type FakeTab, type FakeTabOptions } from "./fake-browser.ts";
import { createFakeNetwork, type FakeNetwork } from "./fake-network.ts";

export interface OpenTab {
  readonly tab: FakeTab;
  readonly client: ChatClient;
}

const FILES = { "recall-session": recallSession, "stored-lock": storedLock };

/** A BFF, a network, one browser and its tabs, all on a clock that the test moves. */
export interface Scenario extends Disposable {
  readonly bff: FakeBff;
  readonly network: FakeNetwork;
  readonly browser: FakeBrowser;
  openTab(options?: FakeTabOptions & Pick<ChatClientOptions, "solveChallenge" | "context">): OpenTab;
  /** Lets time pass. */
  pass(ms: number): Promise<void>;
}

export function createScenario(seed = 1): Scenario {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
  vi.setSystemTime("2026-03-01T10:00:00Z");
  const random = vi.spyOn(Math, "random").mockImplementation(createRandom(seed));
  const bff = createFakeBff();
  const network = createFakeNetwork(bff);
  const browser = createFakeBrowser();
  const clients: ChatClient[] = [];
  return {
    bff,
    network,
    browser,
    openTab({ solveChallenge, context, ...options } = {}) {
      const tab = browser.openTab({ fetch: network.fetch, WebSocket: network.WebSocket, ...options });
      const client = createChatClient(
        {
          baseUrl: BASE_URL,
          window: tab.window,
          ...(solveChallenge && { solveChallenge }),
          context,
        },
        async (name) => FILES[name],
      );
      clients.push(client);
      return { tab, client };
    },
    async pass(ms) {
      await vi.advanceTimersByTimeAsync(ms);
    },
    [Symbol.dispose]() {
      for (const client of clients) client.close();
      random.mockRestore();
      vi.useRealTimers();
    },
  };
}

export function textsOf({ state }: ChatClient): readonly string[] {
  return state.timeline.map(({ content }) => content);
}

/** Mulberry32: the same draws for the same seed. */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
