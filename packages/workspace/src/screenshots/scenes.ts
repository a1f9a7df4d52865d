import type { BrowserContextOptions, Page } from "@playwright/test";
import type { Stage } from "./stage.ts";
import type { Showcase } from "./start-showcase.ts";

/** One screenshot: how the page is opened, and what happens before it is taken. */
export interface Scene {
  /** `docs/images/<name>.png` */
  readonly name: string;
  /** @default "index.html" */
  readonly page?: string;
  readonly options?: BrowserContextOptions;
  /** The part of the window that is shown: the panel with its launcher, or what `arrange` has shown. @default all of it */
  readonly crop?: "panel" | "arranged";
  /** Settings of the page's own, as a site owner would give them. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Calls of the page's own, before the script is there. */
  readonly calls?: readonly (readonly [method: string, value: unknown])[];
  /** A chat of the showcase, by its path. @default the demo's own */
  readonly chat?: string;
  /** Where the visitor comes from. */
  readonly referer?: string;
  play(page: Page, stage: Stage, showcase: Showcase): Promise<void>;
}

const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 780 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
};

/** For panels with few messages. */
const LOW: BrowserContextOptions = { viewport: { width: 1280, height: 600 } };

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
  {
    name: "context",
    options: LOW,
    page: "second.html?utm_source=mail&utm_campaign=spring",
    referer: "https://www.google.com/",
    crop: "arranged",
    chat: "/support",
    settings: { context: "page,referrer,utm,locale" },
    calls: [
      ["identify", { name: "Ada Lovelace" }],
      ["context", { plan: "pro" }],
    ],
    async play(page, stage) {
      await stage.open(page);
      await stage.send(page, "Do you ship to Norway?");
      await stage.reply(page, "We do, in five working days.");
      await page.getByText("five working days").waitFor();
      const console = await stage.openConsole("We do, in five working days.");
      await stage.arrange(page, [
        await stage.photograph(console, "What you see"),
        await stage.photograph(page.getByRole("dialog"), "What the visitor sees"),
      ]);
    },
  },
  {
    name: "signed-in",
    crop: "arranged",
    async play(laptop, stage, { shopUrl }) {
      const phone = await stage.browse(PHONE);
      for (const page of [laptop, phone]) {
        await page.setViewportSize(
          page === phone ? { width: 390, height: 700 } : { width: 800, height: 700 },
        );
        await page.goto(shopUrl);
        await page.getByLabel("Name").fill("Ada Lovelace");
        await page.getByLabel("Email").fill("ada@example.com");
        await page.getByRole("button", { name: "Sign in" }).click();
        await page.getByRole("heading", { name: "Hello, Ada Lovelace" }).waitFor();
      }
      await stage.open(laptop);
      await stage.send(laptop, "Is my order on its way?");
      await stage.reply(laptop, "It left the workshop this morning.");
      await stage.open(phone);
      await phone.getByText("It left the workshop").waitFor();
      await stage.send(phone, "Great. From now on I am on my phone.");
      await laptop.getByText("From now on").waitFor();
      await stage.arrange(laptop, [
        await stage.photograph(laptop, "Ada at home"),
        await stage.photograph(phone, "Ada on the road"),
      ]);
    },
  },
  {
    name: "chat-page",
    options: { viewport: { width: 900, height: 480 } },
    async play(page, stage, { chatsUrl }) {
      await page.goto(`${chatsUrl}/sales/chat`);
      await page.locator('[data-message-id="welcome"]').waitFor();
      await stage.send(page, "Do you have gift vouchers?");
      await page.locator('[data-author="visitor"][data-state="sent"]').waitFor();
    },
  },
  {
    name: "several-chats",
    options: LOW,
    chat: "/support",
    async play(page, _stage, { chatsUrl }) {
      await page.addStyleTag({ content: ".owner { display: none }" });
      await page.evaluate(`
        MailooChat.update({ title: "Support" });
        const tag = document.createElement("script");
        tag.src = "${chatsUrl}/sales/widget.js";
        Object.assign(tag.dataset, { bff: "${chatsUrl}/sales", title: "Sales", accent: "#b4552d", position: "left" });
        document.head.append(tag);
      `);
      const launchers = page.getByRole("button", { name: "Open chat" });
      await launchers.nth(1).waitFor();
      for (const left of [1, 0]) {
        await launchers.first().click();
        await launchers.nth(left).waitFor({ state: "detached" });
      }
      for (const [title, text] of [
        ["Support", "My vase came with a crack."],
        ["Sales", "Do you have gift vouchers?"],
      ] as const) {
        const panel = page.getByRole("dialog", { name: title });
        await panel.getByRole("textbox").fill(text);
        await panel.getByRole("textbox").press("Enter");
        await panel.locator('[data-state="sent"]').waitFor();
      }
    },
  },
  {
    name: "webhooks",
    crop: "arranged",
    chat: "/support",
    calls: [["identify", { name: "Ada Lovelace" }]],
    async play(page, stage, { posts }) {
      await stage.open(page);
      const earlier = posts.length;
      await stage.send(page, "Is the reed vase waterproof?");
      await stage.reply(page, "It is: glazed inside and out.");
      const console = await stage.openConsole("It is: glazed inside and out.");
      while (posts.length < earlier + 3) await page.waitForTimeout(100);
      const channel = await stage.browse({ viewport: { width: 420, height: 460 } });
      await channel.setContent(toChannel(posts.slice(earlier)));
      await stage.arrange(page, [
        await stage.photograph(console, "You answer in the console"),
        await stage.photograph(channel, "Your team reads it in its channel"),
      ]);
    },
  },
  {
    name: "texts",
    options: LOW,
    crop: "arranged",
    chat: "/support",
    settings: { locale: "de" },
    async play(page, stage) {
      const panel = page.getByRole("dialog");
      await stage.open(page, "Chat öffnen");
      await page.getByRole("button", { name: "Wo ist mein Paket?" }).waitFor();
      const german = await stage.photograph(panel, "German");
      await page.evaluate('MailooChat.update({ locale: "ja" })');
      await page.getByRole("button", { name: "荷物はどこにありますか？" }).waitFor();
      await stage.arrange(page, [german, await stage.photograph(panel, "Japanese")]);
    },
  },
  {
    name: "update",
    options: LOW,
    crop: "arranged",
    async play(page, stage) {
      const panel = page.getByRole("dialog");
      await stage.open(page);
      await stage.send(page, "Do you ship to Norway?");
      await stage.reply(page, "We do, in five working days.");
      await page.getByText("five working days").waitFor();
      await page.getByRole("textbox", { name: "Message" }).fill("Then I would like");
      const before = await stage.photograph(panel, "Before");
      await page.evaluate('MailooChat.update({ locale: "fr", theme: "dark", accent: "#e7b98f" })');
      await page.getByRole("textbox", { name: "Message" }).waitFor();
      await panel.getByText("En ligne").waitFor();
      await stage.arrange(page, [before, await stage.photograph(panel, "After")]);
    },
  },
  { name: "dark", page: "dark.html", options: { colorScheme: "dark" }, play: converse },
  {
    name: "rtl",
    page: "rtl.html",
    async play(page, stage) {
      await stage.open(page, "فتح الدردشة");
      await stage.send(page, "مرحباً! هل توصلون إلى عمّان؟", "رسالة");
      await stage.reply(page, "أهلاً بك! نعم، يصل الطلب خلال عشرة أيام.");
      await page.getByText("أهلاً بك!").waitFor();
    },
  },
  { name: "phone", options: PHONE, play: converse },
  { name: "forced-colours", crop: "panel", options: { forcedColors: "active" }, play: converse },
];

/** A channel of a team, with what the example posts to it. */
function toChannel(posts: readonly string[]): string {
  const lines = posts.map((text) => `<li><b>Mud &amp; Tide chat</b> <small>App</small><p>${text}</p>`);
  return `<!doctype html><style>
    body { margin: 0; font: 15px/1.45 system-ui, sans-serif; color: #1d1c1d; background: #fff }
    h1 { margin: 0; padding: 14px 20px; font-size: 17px; border-bottom: 1px solid #ddd }
    ul { margin: 0; padding: 8px 20px; list-style: none }
    li { padding: 10px 0; overflow-wrap: anywhere }
    p { margin: 2px 0 0 }
    small { padding: 1px 4px; border-radius: 3px; background: #e8e8e8 }
  </style><h1># shop-chat</h1><ul>${lines.join("")}</ul>`;
}

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
