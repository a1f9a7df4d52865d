import { type Sandbox, SEED, startSandbox } from "@mailoo-chat/sandbox";
import { test as base, type Page } from "@playwright/test";
import { type FaultProxy, startFaultProxy } from "../src/network/fault-proxy.ts";
import { type Bff, startBff } from "../src/servers/start-bff.ts";
import { startTestSite, type TestSite } from "../src/servers/start-test-site.ts";
import { type ChatPage, createChatPage } from "./chat-page.ts";
import { type ConsolePage, createConsolePage } from "./console-page.ts";
import { toPageWithWidget } from "./page-with-widget.ts";

/** Shared by all tests of a worker; each test has its own session on it. */
interface WorkerFixtures {
  readonly house: House;
}

export interface House {
  readonly sandbox: Sandbox;
  readonly site: TestSite;
  readonly bff: Bff;
  /** A plain page with the script tag, at the site's root; `/second` is another. */
  readonly pageUrl: string;
  readonly welcomeMessage: string;
  /** The owner replies through the dashboard's own route. */
  postReply(sessionPublicId: string, content: string): Promise<void>;
  /** The visitor's view of another page. */
  chatOn(page: Page): ChatPage;
}

interface TestFixtures {
  readonly chat: ChatPage;
  /** The owner's console, open in a separate browser. */
  readonly owner: ConsolePage;
  /** The network between this test's visitor and the BFF, and a page that loads the widget through it. */
  readonly visitorLeg: VisitorLeg;
}

export interface VisitorLeg {
  readonly network: FaultProxy;
  readonly pageUrl: string;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  house: [
    async ({ browserName: _ }, use) => {
      await using sandbox = await startSandbox();
      await using site = await startTestSite();
      await using bff = await startBff({ platformUrl: sandbox.url, allowedOrigins: [site.origin] });
      const pageUrl = site.serve("/", toPageWithWidget(bff.url));
      site.serve("/second", toPageWithWidget(bff.url));
      await use({
        sandbox,
        site,
        bff,
        pageUrl,
        welcomeMessage: SEED.welcomeMessage,
        postReply: (sessionPublicId, content) => postReply(sandbox.url, sessionPublicId, content),
        chatOn: (page) => createChatPage(page),
      });
    },
    { scope: "worker" },
  ],
  chat: async ({ page, house }, use) => {
    await use(createChatPage(page));
    house.sandbox.faults.reset();
  },
  owner: async ({ browser, house }, use) => {
    await using context = await browser.newContext();
    const owner = createConsolePage(await context.newPage());
    await owner.open(house.sandbox.url);
    await use(owner);
  },
  visitorLeg: async ({ house }, use) => {
    await using network = await startFaultProxy(house.bff.port);
    const pageUrl = house.site.serve(`/by-${network.port}`, toPageWithWidget(network.url));
    await use({ network, pageUrl });
  },
});

async function postReply(sandboxUrl: string, sessionPublicId: string, content: string): Promise<void> {
  const answer = await fetch(
    `${sandboxUrl}/api/v1/chat/${SEED.integrationId}/sessions/${sessionPublicId}/reply`,
    {
      method: "POST",
      headers: { authorization: `Bearer ${SEED.ownerToken}`, "content-type": "application/json" },
      body: JSON.stringify({ content }),
    },
  );
  if (!answer.ok) throw new Error(`the reply was answered ${answer.status}`);
}

export { expect } from "@playwright/test";
