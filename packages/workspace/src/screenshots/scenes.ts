import type { BrowserContextOptions, Page } from "@playwright/test";
import type { Stage } from "./stage.ts";

/** One screenshot: how the page is opened, and what happens before it is taken. */
export interface Scene {
  /** `docs/images/<name>.png` */
  readonly name: string;
  /** @default "index.html" */
  readonly page?: string;
  readonly options?: BrowserContextOptions;
  /** The part of the window that is shown. @default all of it */
  readonly crop?: "panel";
  /** Settings of the page's own, as a site owner would give them. */
  readonly settings?: Readonly<Record<string, string>>;
  play(page: Page, stage: Stage): Promise<void>;
}

const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 780 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
};

export const SCENES: readonly Scene[] = [
  {
    name: "teaser",
    settings: { teaser: "Looking for a gift? We are glad to help.", teaserDelayMs: "0" },
    play: (page) => page.getByText("Looking for a gift?").waitFor(),
  },
  {
    name: "suggestions",
    crop: "panel",
    settings: {
      suggestions: '["Where is my parcel?", "Do you ship to Norway?", "Is the reed vase waterproof?"]',
    },
    async play(page, stage) {
      await stage.open(page);
      await page.getByRole("button", { name: "Where is my parcel?" }).waitFor();
    },
  },
  { name: "site", play: converse },
  { name: "conversation", crop: "panel", play: converse },
  {
    name: "inline",
    settings: { mode: "inline", target: "#chat" },
    async play(page, stage) {
      // The demo's page becomes a contact page.
      await page.locator("main").evaluate((main) => {
        const heading = main.ownerDocument.createElement("h1");
        heading.textContent = "Contact us";
        const place = main.ownerDocument.createElement("div");
        place.id = "chat";
        place.style.height = "560px";
        main.replaceChildren(heading, place);
      });
      await page.locator('[data-message-id="welcome"]').waitFor();
      await stage.send(page, "Do you ship to Norway?");
      await stage.reply(page, "We do, in five working days.");
      await page.getByText("five working days").waitFor();
    },
  },
  {
    name: "formatting",
    crop: "panel",
    async play(page, stage) {
      await stage.open(page);
      await stage.send(page, "How do I care for the reed vase?");
      await stage.reply(page, FORMATTED);
      await page.getByRole("listitem").first().waitFor();
    },
  },
  {
    name: "failed",
    crop: "panel",
    async play(page, stage) {
      await converse(page, stage);
      await page.route("**/submit", (route) => route.fulfill(toProblem(route.request().headers().origin)));
      await stage.send(page, "And could it be here by Friday?");
      await page.locator('[data-state="failed"]').waitFor();
    },
  },
  {
    name: "pre-chat",
    crop: "panel",
    async play(page, stage) {
      await page.route("**/config", async (route) => {
        const response = await route.fetch();
        const fields = [
          { name: "name", required: false },
          { name: "email", required: true },
        ];
        const consent = { text: "How we use what you tell us", url: "https://example.com/privacy" };
        await route.fulfill({
          response,
          json: { ...(await response.json()), preChat: { fields }, consent },
        });
      });
      await stage.open(page);
      await page.getByRole("button", { name: "Start chat" }).waitFor();
    },
  },
  {
    name: "away",
    crop: "panel",
    async play(page, stage) {
      await page.route("**/config", async (route) => {
        const response = await route.fetch();
        const away = {
          text: "We are at the kiln. Write to us, and we answer once our hands are clean.",
          backAt: inThreeDaysAtNine().toISOString(),
          link: { text: "Call the workshop", url: "tel:+4930123456" },
          email: "optional",
        };
        await route.fulfill({ response, json: { ...(await response.json()), status: "away", away } });
      });
      await stage.open(page);
      await page.getByText("Away · back").waitFor();
      const textBox = page.getByRole("textbox", { name: "Message" });
      await textBox.fill("Is the reed vase safe to send to Norway?");
      await textBox.press("Enter");
      await page.getByRole("textbox", { name: "Email" }).waitFor();
    },
  },
  { name: "dark", page: "dark.html", options: { colorScheme: "dark" }, play: converse },
  {
    name: "rtl",
    page: "rtl.html",
    async play(page, stage) {
      await stage.open(page, "فتح الدردشة", "رسالة");
      await stage.send(page, "مرحباً! هل توصلون إلى عمّان؟", "رسالة");
      await stage.reply(page, "أهلاً بك! نعم، يصل الطلب خلال عشرة أيام.");
      await page.getByText("أهلاً بك!").waitFor();
    },
  },
  { name: "phone", options: PHONE, play: converse },
  { name: "forced-colours", crop: "panel", options: { forcedColors: "active" }, play: converse },
];

const FORMATTED = [
  "**Never in the dishwasher.** Else it is easy, see [our guide](https://mud-and-tide.example/care):",
  "1. Rinse it with *cold* water",
  "2. Let it dry for a day:",
  "   - upside down",
  "   - away from the sun",
  "",
  "With `TIDE10` the brush costs less:",
  "```",
  "reed brush    9.00",
  "with TIDE10   8.10",
  "```",
].join("\n");

async function converse(page: Page, stage: Stage): Promise<void> {
  await stage.open(page);
  await stage.send(page, "Hello! Is the reed vase safe to send to Norway?");
  await stage.reply(page, "Hello! Yes: we pack it in wool, and it travels by rail.");
  await stage.reply(page, "Here is how: https://mud-and-tide.example/shipping");
  await page.getByText("Here is how").waitFor();
  await stage.send(page, "Lovely. Then I would like two of them, please.");
  await page.locator('[data-author="visitor"][data-state="sent"]').nth(1).waitFor();
}

/** Near enough to be called by the day's name. */
function inThreeDaysAtNine(): Date {
  const date = new Date();
  date.setDate(date.getDate() + 3);
  date.setHours(9, 0, 0, 0);
  return date;
}

function toProblem(origin = "*") {
  return {
    status: 400,
    headers: { "access-control-allow-origin": origin, "content-type": "application/problem+json" },
    body: JSON.stringify({
      type: "about:blank",
      title: "The request is not valid",
      status: 400,
      code: "invalid_request",
      requestId: "screenshot",
    }),
  };
}
