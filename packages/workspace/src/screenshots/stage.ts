import type { Browser, BrowserContextOptions, Locator, Page } from "@playwright/test";

/** They last a quarter of a second. */
export const ANIMATIONS_END_MS = 500;

/** The local Mailoo's development seed. */
export const SEED_INTEGRATION = "mailoo_dev_chat_integration";
export const OWNER = { authorization: "Bearer mailoo-dev-owner-token", "content-type": "application/json" };

/** Actions of the visitor and the owner, shared by the scenes. */
export interface Stage {
  open(page: Page, launcher?: string): Promise<void>;
  send(page: Page, text: string, textBox?: string): Promise<void>;
  /** As the owner, in the newest session, once the visitor's message is there. */
  reply(page: Page, content: string): Promise<void>;
  /** A page in a further browser, which is closed after the scene. */
  browse(options?: BrowserContextOptions): Promise<Page>;
  /** The owner's console, with the conversation that ends with this text. */
  openConsole(lastText: string): Promise<Page>;
  photograph(subject: Page | Locator, caption: string): Promise<Picture>;
  /** Shows pictures side by side on the page, in place of what was there. */
  arrange(page: Page, pictures: readonly Picture[]): Promise<void>;
}

export interface Picture {
  readonly png: Buffer;
  readonly width: number;
  readonly caption: string;
}

export interface StageOptions {
  readonly sandboxUrl: string;
  readonly browser: Browser;
  /** Of each browser. */
  readonly options: BrowserContextOptions;
  /** Closes what a scene has opened. */
  readonly closing: AsyncDisposableStack;
}

export function createStage({ sandboxUrl, browser, options, closing }: StageOptions): Stage {
  const dashboard = `${sandboxUrl}/api/v1/chat/${SEED_INTEGRATION}/sessions`;

  async function browse(own: BrowserContextOptions = {}): Promise<Page> {
    return closing.use(await browser.newContext({ ...options, ...own })).newPage();
  }

  return {
    browse,
    async open(page, launcher = "Open chat") {
      await page.getByRole("button", { name: launcher }).click();
      await page.locator('[data-message-id="welcome"]').waitFor();
    },
    async send(page, text, textBox = "Message") {
      await page.getByRole("textbox", { name: textBox }).fill(text);
      await page.getByRole("textbox", { name: textBox }).press("Enter");
      await page.getByText(text).waitFor();
    },
    async reply(page, content) {
      await page.locator('[data-author="visitor"][data-state="sent"]').first().waitFor();
      const sessionId = newestSessionId(await (await fetch(dashboard, { headers: OWNER })).json());
      const answer = await fetch(`${dashboard}/${sessionId}/reply`, {
        method: "POST",
        headers: OWNER,
        body: JSON.stringify({ content }),
      });
      if (!answer.ok) throw new Error(`the owner's reply was answered ${answer.status}`);
    },
    async openConsole(lastText) {
      const page = await browse({ viewport: { width: 760, height: 460 } });
      await page.goto(sandboxUrl);
      const conversations = page.getByRole("navigation", { name: "Conversations" });
      // The newest is the first.
      await conversations.getByRole("button").filter({ hasText: lastText }).first().click();
      await page.getByRole("log").getByText(lastText).waitFor();
      return page;
    },
    async photograph(subject, caption) {
      const page = "page" in subject ? subject.page() : subject;
      const box = "page" in subject ? await subject.boundingBox() : page.viewportSize();
      await page.waitForTimeout(ANIMATIONS_END_MS);
      return { png: await subject.screenshot(), width: box?.width ?? 0, caption };
    },
    async arrange(page, pictures) {
      const figures = pictures.map(toFigure);
      await page.setContent(`<!doctype html><style>${ARRANGED}</style><main>${figures.join("")}</main>`);
      await page.evaluate("Promise.all(Array.from(document.images, (image) => image.decode()))");
    },
  };
}

/** The corners are the panel's. */
const ARRANGED = `
  body { margin: 0; background: #efe6d6; font: 15px/1.4 system-ui, sans-serif; color: #2b2620 }
  main { display: inline-flex; gap: 28px; padding: 24px }
  figure { margin: 0 }
  figcaption { margin-bottom: 8px }
  img { display: block; border-radius: 20px; box-shadow: 0 0 0 1px #d0c4ae }
`;

function toFigure({ png, width, caption }: Picture): string {
  const source = `data:image/png;base64,${png.toString("base64")}`;
  return `<figure><figcaption>${caption}</figcaption><img width="${width}" src="${source}"></figure>`;
}

/** The dashboard lists the newest first. */
function newestSessionId(answer: unknown): string {
  const list = Array.isArray(answer) ? answer : Object.values(answer ?? {}).find(Array.isArray);
  const id: unknown = list?.[0]?.sessionPublicId;
  if (typeof id !== "string") throw new Error(`no session in ${JSON.stringify(answer)}`);
  return id;
}
